/* The loop of `Fanout._write_all` (fanout.py) in C: a few packets of one stream, written and encrypted for many receivers.
   fanout.py is the definition and goes on to work without this file. No headers of Python or libsrtp: libsrtp's function
   comes by address.

   Receiver by receiver, so that one's keys are fetched into the cache once for all packets of a picture; those of the same
   size leave as one message that the kernel or the network card cuts up (UDP generic segmentation). */

#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define STRIDE 2048
#define BATCH 64

struct lane { /* media.sfu.lane.Lane and where it leads */
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

typedef int (*protect_function)(void *, void *, int *);

static uint8_t *put16(uint8_t *to, uint32_t value) {
    to[0] = value >> 8;
    to[1] = value;
    return to + 2;
}

static uint8_t *put32(uint8_t *to, uint32_t value) {
    return put16(put16(to, value >> 16), value);
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

int fanout_version(void) { return 2; }

/* Writes on from `place_at[0]` (lane) and `place_at[1]` (packet) until all is written or the batch is full. Returns how many
   packets libsrtp did not encrypt. */
int fanout_write(const struct lane *lanes, int count, const struct packet *packets, int parts, int *place_at, struct batch *batch,
                 protect_function protect) {
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
        if (protect(lane->context, start, &length))
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
