/* The loop of `Fanout._write` (fanout.py) in C: one packet, written and encrypted for many receivers. fanout.py is the
   definition and goes on to work without this file. No headers of Python or libsrtp: libsrtp's function comes by address. */

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
    uint32_t timestamp, time, size;
    uint16_t sequence, picture;
    uint8_t marker, descriptor, picture_bits, tl0, tl0_at;
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

int fanout_version(void) { return 1; }

/* Writes lanes until the batch is full. `filled`: packets in the batch, before and after. Returns how many lanes were
   taken; `refused` counts those of them that libsrtp did not encrypt. */
int fanout_write(const struct lane *lanes, int count, const struct packet *packet, const uint8_t *payload, uint8_t *memory,
                 struct iovec *vectors, struct mmsghdr *messages, int *filled, protect_function protect, int *refused) {
    int taken = 0, at = *filled;
    for (; taken < count && at < BATCH; taken++) {
        const struct lane *lane = lanes + taken;
        uint8_t *start = memory + at * STRIDE, *begin = put_header(start, lane, packet);
        if (taken + 1 < count)
            __builtin_prefetch(lane[1].context);
        memcpy(begin, payload, packet->size);
        if (packet->descriptor && (lane->picture || lane->tl0))
            move_picture(begin, lane, packet);
        int length = begin - start + packet->size;
        if (protect(lane->context, start, &length)) {
            ++*refused;
            continue;
        }
        vectors[at].iov_len = length;
        messages[at].msg_hdr.msg_name = lane->name;
        at++;
    }
    *filled = at;
    return taken;
}
