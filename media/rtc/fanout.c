/* The loop of `Fanout._write_all` (fanout.py) in C: a few packets of one stream, written and encrypted for many receivers.
   fanout.py is the definition and goes on to work without this file. Before it, for fastpath.py, the way in of packets that
   need nobody's decision. No headers of Python or libsrtp: libsrtp's functions come by address.

   Receiver by receiver, so that one's keys are fetched into the cache once for all packets of a picture; those of the same
   size leave as one message that the kernel or the network card cuts up (UDP generic segmentation). */

#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define STRIDE 2048
#define BATCH 64
#define FLOWS 1024
#define LARGEST (STRIDE - 276)
#define STREAMS 64   /* of one receiver: two for each of its sections, at most 24 of them */
#define WINDOW 256  /* media.rtc.sealing.WINDOW */
#define TAG 16
#define GET_TAG 0x10 /* EVP_CTRL_AEAD_GET_TAG */

typedef int (*protect_function)(void *, void *, int *);

struct lane { /* media.sfu.lane.Lane and where it leads */
    protect_function protect;
    void *context, *name;
    uint32_t timestamp, ssrc, time_word, mid_word;
    uint16_t sequence, picture;
    uint8_t second, tl0, block_size, block[29];
};

struct packet { /* picture_bits: 15, 7, or 0 without a picture id; descriptor: the payload is VP8 */
    const uint8_t *payload;
    uint32_t timestamp, time, size;
    uint16_t sequence, picture;
    uint8_t marker, descriptor, picture_bits, tl0, tl0_at;
};

struct control { /* a cmsghdr with UDP_SEGMENT */
    size_t length;
    int level, type;
    uint16_t size, rest[3];
};

struct batch { /* `count` packets in `ready` messages; firsts: each message's first packet; segments: most in one message */
    uint8_t *memory;
    struct iovec *vectors;
    struct mmsghdr *messages;
    struct control *controls;
    int *firsts;
    int count, ready, segments;
};

static uint8_t *put16(uint8_t *to, uint32_t value) {
    to[0] = value >> 8;
    to[1] = value;
    return to + 2;
}

static uint8_t *put32(uint8_t *to, uint32_t value) {
    return put16(put16(to, value >> 16), value);
}

static uint32_t get16(const uint8_t *from) {
    return from[0] << 8 | from[1];
}

static uint32_t get32(const uint8_t *from) {
    return get16(from) << 16 | get16(from + 2);
}

static uint8_t *put_header(uint8_t *to, const struct lane *lane, const struct packet *packet) {
    to[0] = lane->block_size ? 0x90 : 0x80;
    to[1] = lane->second | packet->marker;
    to = put16(to + 2, packet->sequence + lane->sequence);
    to = put32(to, packet->timestamp + lane->timestamp);
    to = put32(to, lane->ssrc);
    memcpy(to, lane->block, lane->block_size);
    if (lane->time_word)
        put32(to + 4, lane->time_word | packet->time);
    return to + lane->block_size;
}

static void move_picture(uint8_t *payload, const struct lane *lane, const struct packet *packet) {
    uint32_t moved = packet->picture + lane->picture;
    if (packet->picture_bits == 15)
        put16(payload + 2, 0x8000 | (moved & 0x7FFF));
    else if (packet->picture_bits == 7)
        payload[2] = moved & 0x7F;
    if (packet->tl0_at)
        payload[packet->tl0_at] = packet->tl0 + lane->tl0;
}

/* Whether a packet of this length goes on in the last message: all its packets but the last have one size. */
static int joins(const struct batch *batch, const struct lane *lane, size_t length) {
    const struct msghdr *last = &batch->messages[batch->ready - 1].msg_hdr;
    size_t size = last->msg_iov->iov_len;
    return last->msg_name == lane->name && last->msg_iovlen < (size_t)batch->segments && length <= size &&
           batch->vectors[batch->count - 1].iov_len == size;
}

static void place(struct batch *batch, const struct lane *lane, size_t length, int follows) {
    int at = batch->count;
    batch->vectors[at].iov_len = length;
    if (follows && batch->ready && joins(batch, lane, length)) {
        struct msghdr *last = &batch->messages[batch->ready - 1].msg_hdr;
        batch->controls[batch->ready - 1].size = last->msg_iov->iov_len;
        last->msg_controllen = sizeof(struct control);
        last->msg_iovlen++;
    } else {
        struct msghdr *next = &batch->messages[batch->ready].msg_hdr;
        batch->firsts[batch->ready++] = at;
        next->msg_name = lane->name;
        next->msg_iov = &batch->vectors[at];
        next->msg_iovlen = 1;
        next->msg_controllen = 0;
    }
    batch->count = at + 1;
}

struct flow { /* media.sfu.flow.Flow, and where its packets come from */
    void *session;
    uint32_t ssrc;
    int32_t octets;
    uint16_t packets, next, absorbed;
    uint8_t payload_type, picture, open, name_size, name[28];
};

enum { OTHER, PASSED, DECRYPTED, REFUSED };

struct taken { /* size: as it came; length: decrypted; payload: size of it */
    int state, flow, size, length, payload;
};

/* The open flow that a datagram seems to go on, or 0. One that is not the next in order ends its flow. */
static struct flow *flow_of(struct flow *flows, const struct mmsghdr *message) {
    const uint8_t *data = message->msg_hdr.msg_iov->iov_base;
    if (message->msg_len < 12 || (data[0] & 0xEF) != 0x80 || (data[1] & 0xE0) == 0xC0) /* padding, sources, RTCP */
        return 0;
    uint32_t ssrc = get32(data + 8);
    struct flow *flow = flows + ssrc % FLOWS;
    if (!flow->open || flow->ssrc != ssrc || memcmp(flow->name, message->msg_hdr.msg_name, flow->name_size))
        return 0;
    flow->open = (data[1] & 0x7F) == flow->payload_type && get16(data + 2) == flow->next && flow->packets && flow->octets > 0;
    return flow->open ? flow : 0;
}

static int find_payload(const uint8_t *data, int length, struct packet *packet) {
    int start = 12;
    if (data[0] & 0x10) {
        if (length < 16)
            return 0;
        start += 4 + 4 * get16(data + 14);
    }
    if (start >= length || length - start > LARGEST)
        return 0;
    packet->payload = data + start;
    packet->size = length - start;
    return 1;
}

/* VP8's descriptor as media.rtp.vp8 reads it. 0: cut short, or a keyframe begins. */
static int describe(struct packet *packet) {
    const uint8_t *payload = packet->payload;
    uint32_t at = 1;
    packet->descriptor = 1;
    if (payload[0] & 0x80) {
        if (packet->size < 6)
            return 0;
        uint8_t flags = payload[at++];
        if (flags & 0x80) {
            packet->picture_bits = payload[at] & 0x80 ? 15 : 7;
            packet->picture = payload[at++] & 0x7F;
            if (packet->picture_bits == 15)
                packet->picture = packet->picture << 8 | payload[at++];
        }
        if (flags & 0x40) {
            packet->tl0_at = at;
            packet->tl0 = payload[at++];
        }
        if (flags & 0x30)
            at++;
    }
    return at < packet->size && ((payload[0] & 0x17) != 0x10 || payload[at] & 1);
}

/* Decrypts in place what seems to go on a flow, and describes it. A flow ends with a packet that somebody has to look at, which
   is then decrypted already. Returns how many passed; `packets` are those, `taken` says of each datagram what became of it. */
int fanout_take(struct flow *flows, const struct mmsghdr *messages, int count, uint32_t time, protect_function unprotect,
                struct packet *packets, struct taken *taken) {
    int passed = 0;
    for (int i = 0; i < count; i++) {
        struct flow *flow = flow_of(flows, messages + i);
        int length = messages[i].msg_len;
        taken[i] = (struct taken){OTHER, flow ? flow - flows : -1, length, 0, 0};
        if (!flow)
            continue;
        uint8_t *data = messages[i].msg_hdr.msg_iov->iov_base;
        flow->open = 0;
        taken[i].state = REFUSED;
        if (unprotect(flow->session, data, &length))
            continue;
        taken[i].state = DECRYPTED;
        taken[i].length = length;
        struct packet *packet = packets + passed;
        memset(packet, 0, sizeof *packet);
        if (!find_payload(data, length, packet) || (flow->picture && !describe(packet)))
            continue;
        packet->timestamp = get32(data + 4);
        packet->time = time;
        packet->sequence = flow->next++ - flow->absorbed;
        packet->marker = data[1] & 0x80;
        flow->packets--;
        flow->octets -= packet->size;
        flow->open = 1;
        taken[i].state = PASSED;
        taken[i].payload = packet->size;
        passed++;
    }
    return passed;
}

struct openssl { /* EVP_CipherInit_ex, EVP_EncryptUpdate, EVP_EncryptFinal_ex, EVP_CIPHER_CTX_ctrl */
    int (*begin)(void *, const void *, void *, const uint8_t *, const uint8_t *, int);
    int (*update)(void *, uint8_t *, int *, const uint8_t *, int);
    int (*finish)(void *, uint8_t *, int *);
    int (*control)(void *, int, int, void *);
};

struct stream { /* index: the highest that was sent (RFC 3711 section 3.3.1) */
    uint64_t index;
    uint32_t ssrc, known;
};

struct seal { /* media.rtc.sealing.Seal */
    const struct openssl *openssl;
    void *cipher;
    uint8_t salt[12], unused[4];
    struct stream streams[STREAMS];
};

static struct stream *stream_of(struct seal *seal, uint32_t ssrc) {
    for (uint32_t i = 0; i < STREAMS; i++) {
        struct stream *stream = seal->streams + (ssrc + i) % STREAMS;
        if (stream->known && stream->ssrc != ssrc)
            continue;
        stream->known = 1;
        stream->ssrc = ssrc;
        return stream;
    }
    return 0;
}

/* The index nearest to the highest so far, which moves on with it; negative: out of the window. A stream starts in its first
   turn, so a number far ahead there is not taken for one of the turn before. */
static int64_t index_of(struct stream *stream, uint32_t number) {
    int64_t highest = stream->index;
    int64_t ahead = highest > 0x8000 ? (int16_t)(number - highest) : (int64_t)number - highest;
    if (ahead > 0)
        stream->index += ahead;
    return ahead > -WINDOW ? highest + ahead : -1;
}

/* AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714 sections 8 and 9), in place of srtp_protect. Not 0: not encrypted. */
int fanout_seal(void *context, void *data, int *length) {
    struct seal *seal = context;
    const struct openssl *openssl = seal->openssl;
    uint8_t *packet = data, nonce[12];
    int header = 12, size;
    if (*length < header)
        return 1;
    header += 4 * (packet[0] & 15);
    if (packet[0] & 0x10)
        header += *length < header + 4 ? *length : 4 + 4 * (int)get16(packet + header + 2);
    struct stream *stream = *length < header ? 0 : stream_of(seal, get32(packet + 8));
    int64_t index = stream ? index_of(stream, get16(packet + 2)) : -1;
    if (index < 0)
        return 1;
    put16(nonce, 0);
    memcpy(nonce + 2, packet + 8, 4);
    put16(put32(nonce + 6, index >> 16), index);
    for (int i = 0; i < 12; i++)
        nonce[i] ^= seal->salt[i];
    uint8_t *payload = packet + header, *end = packet + *length;
    *length += TAG;
    return !(openssl->begin(seal->cipher, 0, 0, 0, nonce, 1) && openssl->update(seal->cipher, 0, &size, packet, header) &&
             openssl->update(seal->cipher, payload, &size, payload, end - payload) &&
             openssl->finish(seal->cipher, end, &size) && openssl->control(seal->cipher, GET_TAG, TAG, end));
}

int fanout_version(void) { return 4; }

/* Writes on from `place_at[0]` (lane) and `place_at[1]` (packet) until all is written or the batch is full. Returns how many
   packets were not encrypted. */
int fanout_write(const struct lane *lanes, int count, const struct packet *packets, int parts, int *place_at, struct batch *batch) {
    int refused = 0;
    while (place_at[0] < count && batch->count < BATCH) {
        const struct lane *lane = lanes + place_at[0];
        const struct packet *packet = packets + place_at[1];
        uint8_t *start = batch->memory + batch->count * STRIDE, *begin = put_header(start, lane, packet);
        if (place_at[0] + 1 < count)
            __builtin_prefetch(lane[1].context);
        memcpy(begin, packet->payload, packet->size);
        if (packet->descriptor && (lane->picture || lane->tl0))
            move_picture(begin, lane, packet);
        int length = begin - start + packet->size;
        if (lane->protect(lane->context, start, &length))
            refused++;
        else
            place(batch, lane, length, place_at[1]);
        if (++place_at[1] == parts) {
            place_at[1] = 0;
            place_at[0]++;
        }
    }
    return refused;
}
