/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Format: numpy.lib.format, versions 1.0, 2.0 and 3.0: "\x93NUMPY", version, little-endian header
 * length (2 bytes in 1.0, else 4), a Python dict literal, then the raw array. */
#include "core/files/npy.h"

#include "core/files/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

/* The array as it lies in the file. */
typedef struct raw {
    const char *path;
    char kind; /* 'f', 'i', 'u' or 'b' */
    size_t width;
    bool big_endian, fortran;
    size_t dims, shape[OHM_NPY_DIMS_MAX], count;
    const unsigned char *data;
    unsigned char *bytes; /* the whole file, owned */
} raw;

/* --- header --- */

typedef struct cursor {
    const char *at, *end;
} cursor;

static void skip_blank(cursor *c)
{
    while (c->at < c->end && isspace((unsigned char)*c->at))
        c->at++;
}

static bool take(cursor *c, char wanted)
{
    skip_blank(c);
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    skip_blank(c);
    size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0) return false;
    c->at += n;
    return true;
}

/* A quoted string without escapes; numpy writes no others here. */
static bool take_string(cursor *c, char *out, size_t size)
{
    skip_blank(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return false;
    char quote = *c->at++;
    size_t n = 0;
    while (c->at < c->end && *c->at != quote) {
        if (n + 1 >= size) return false;
        out[n++] = *c->at++;
    }
    out[n] = '\0';
    return take(c, quote);
}

static bool take_size(cursor *c, size_t *out)
{
    skip_blank(c);
    if (c->at == c->end || !isdigit((unsigned char)*c->at)) return false;
    size_t value = 0;
    while (c->at < c->end && isdigit((unsigned char)*c->at)) {
        size_t digit = (size_t)(*c->at++ - '0');
        if (value > (SIZE_MAX - digit) / 10) return false;
        value = 10 * value + digit;
    }
    *out = value;
    return true;
}

static ohm_status bad(const raw *r, ohm_err *err, const char *what)
{
    return ohm_err_at(err, OHM_EFORMAT, r->path, 0, 0, "not a readable .npy file: %s", what);
}

static ohm_status read_descr(raw *r, const char *descr, ohm_err *err)
{
    char order = descr[0];
    char *end;
    long width = descr[0] && descr[1] ? strtol(descr + 2, &end, 10) : 0;
    bool known = width > 0 && *end == '\0' && strchr("<>|=", order) != NULL;
    r->kind = known ? descr[1] : '\0';
    r->width = (size_t)width;
    r->big_endian = order == '>';
    switch (r->kind) {
    case 'f':
        known = width == 2 || width == 4 || width == 8;
        break;
    case 'i':
    case 'u':
        known = width == 1 || width == 2 || width == 4 || width == 8;
        break;
    case 'b':
        known = width == 1;
        break;
    default:
        known = false;
    }
    if (!known)
        return ohm_err_at(err, OHM_EFORMAT, r->path, 0, 0,
                          "the element type \"%s\" is not supported; save as float32, float64 or "
                          "an integer type",
                          descr);
    return OHM_OK;
}

static ohm_status read_shape(raw *r, cursor *c, ohm_err *err)
{
    r->dims = 0;
    if (!take(c, '(')) return bad(r, err, "the shape is not a tuple");
    while (!take(c, ')')) {
        if (r->dims == OHM_NPY_DIMS_MAX)
            return ohm_err_at(err, OHM_EFORMAT, r->path, 0, 0, "has more than %d dimensions",
                              OHM_NPY_DIMS_MAX);
        if (!take_size(c, &r->shape[r->dims++]))
            return bad(r, err, "the shape holds something that is not a size");
        if (!take(c, ',')) {
            if (!take(c, ')')) return bad(r, err, "the shape is not closed");
            break;
        }
    }
    return OHM_OK;
}

static ohm_status read_header(raw *r, const char *text, size_t n, ohm_err *err)
{
    cursor c = {text, text + n};
    bool has_descr = false, has_order = false, has_shape = false;
    if (!take(&c, '{')) return bad(r, err, "the header is not a dict");
    while (!take(&c, '}')) {
        char key[32], descr[32];
        if (!take_string(&c, key, sizeof key) || !take(&c, ':'))
            return bad(r, err, "the header is cut or garbled");
        if (strcmp(key, "descr") == 0) {
            if (!take_string(&c, descr, sizeof descr))
                return bad(r, err, "structured element types are not supported");
            OHM_TRY(read_descr(r, descr, err));
            has_descr = true;
        } else if (strcmp(key, "fortran_order") == 0) {
            r->fortran = take_word(&c, "True");
            if (!r->fortran && !take_word(&c, "False"))
                return bad(r, err, "fortran_order is neither True nor False");
            has_order = true;
        } else if (strcmp(key, "shape") == 0) {
            OHM_TRY(read_shape(r, &c, err));
            has_shape = true;
        } else {
            return bad(r, err, "the header holds an unknown key");
        }
        if (!take(&c, ',')) {
            if (!take(&c, '}')) return bad(r, err, "the header is cut or garbled");
            break;
        }
    }
    return has_descr && has_order && has_shape ? OHM_OK : bad(r, err, "the header lacks a key");
}

static ohm_status count_elements(raw *r, size_t available, ohm_err *err)
{
    r->count = 1;
    for (size_t i = 0; i < r->dims; i++) {
        if (__builtin_mul_overflow(r->count, r->shape[i], &r->count))
            return bad(r, err, "the shape is larger than any memory");
    }
    size_t need;
    if (__builtin_mul_overflow(r->count, r->width, &need))
        return bad(r, err, "the shape is larger than any memory");
    if (need > available)
        return ohm_err_at(err, OHM_EFORMAT, r->path, 0, 0,
                          "cut short: the header promises %zu bytes of data, the file has %zu",
                          need, available);
    return OHM_OK;
}

/* Reads the header of a file that lies at b, n bytes long, and points r->data behind it. */
static ohm_status raw_parse(raw *r, const unsigned char *b, size_t n, ohm_err *err)
{
    if (n < 10 || memcmp(b, MAGIC, sizeof MAGIC) != 0)
        return bad(r, err, "it does not begin with the .npy magic");
    if (b[6] < 1 || b[6] > 3) return bad(r, err, "format version above 3");
    size_t prefix = b[6] == 1 ? 10 : 12;
    if (n < prefix) return bad(r, err, "cut short inside the header");
    size_t length = (size_t)b[8] | (size_t)b[9] << 8;
    if (b[6] > 1) length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (length > n - prefix) return bad(r, err, "cut short inside the header");
    OHM_TRY(read_header(r, (const char *)b + prefix, length, err));
    r->data = b + prefix + length;
    return count_elements(r, n - prefix - length, err);
}

static ohm_status raw_open(raw *r, const char *path, ohm_err *err)
{
    memset(r, 0, sizeof *r);
    r->path = path;
    void *bytes;
    size_t n;
    OHM_TRY(ohm_file_read(path, &bytes, &n, err));
    r->bytes = bytes;
    return raw_parse(r, bytes, n, err);
}

/* --- elements --- */

static uint64_t element_bits(const raw *r, size_t i)
{
    const unsigned char *p = r->data + i * r->width;
    uint64_t bits = 0;
    for (size_t k = 0; k < r->width; k++)
        bits |= (uint64_t)p[r->big_endian ? r->width - 1 - k : k] << (8 * k);
    return bits;
}

static double half_value(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), value;
    if (exponent == 31)
        value = fraction > 0 ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(fraction + 1024, exponent - 25);
    return bits >> 15 ? -value : value;
}

static int64_t integer_value(const raw *r, uint64_t bits)
{
    if (r->kind == 'b') return bits != 0;
    if (r->kind == 'u' || r->width == 8) return (int64_t)bits;
    uint64_t sign = (uint64_t)1 << (8 * r->width - 1);
    return (int64_t)(bits ^ sign) - (int64_t)sign;
}

static double real_value(const raw *r, uint64_t bits)
{
    if (r->kind != 'f') return r->kind == 'u' ? (double)bits : (double)integer_value(r, bits);
    if (r->width == 2) return half_value(bits);
    if (r->width == 4) {
        uint32_t narrow = (uint32_t)bits;
        float f;
        memcpy(&f, &narrow, sizeof f);
        return (double)f;
    }
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

/* Walks row-major positions while keeping the place in a Fortran-ordered file. */
typedef struct walk {
    size_t index[OHM_NPY_DIMS_MAX], place;
} walk;

static void walk_next(const raw *r, walk *w)
{
    if (!r->fortran) {
        w->place++;
        return;
    }
    for (size_t d = r->dims; d-- > 0;) {
        size_t stride = 1;
        for (size_t k = 0; k < d; k++)
            stride *= r->shape[k];
        w->place += stride;
        if (++w->index[d] < r->shape[d]) return;
        w->place -= stride * r->shape[d];
        w->index[d] = 0;
    }
}

static void describe_index(const raw *r, size_t flat, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t d = 0; d < r->dims && used < size; d++) {
        size_t stride = 1;
        for (size_t k = d + 1; k < r->dims; k++)
            stride *= r->shape[k];
        int n = snprintf(out + used, size - used, "%s%zu", d ? ", " : "", flat / stride);
        used += n > 0 ? (size_t)n : 0;
        flat %= stride;
    }
}

static ohm_status bad_element(const raw *r, size_t flat, const char *what, ohm_err *err)
{
    char place[128];
    describe_index(r, flat, place, sizeof place);
    return ohm_err_at(err, OHM_EFORMAT, r->path, 0, 0, "element [%s] is %s", place, what);
}

static ohm_status fill(const raw *r, bool integers, bool allow_nonfinite, ohm_npy *out,
                       ohm_err *err)
{
    walk w = {{0}, 0};
    for (size_t i = 0; i < r->count; i++, walk_next(r, &w)) {
        uint64_t bits = element_bits(r, w.place);
        if (integers && r->kind != 'f') {
            if (r->kind == 'u' && r->width == 8 && bits > INT64_MAX)
                return bad_element(r, i, "above the largest 64-bit signed integer", err);
            out->integers[i] = integer_value(r, bits);
            continue;
        }
        double value = real_value(r, bits);
        if (!isfinite(value) && (integers || !allow_nonfinite))
            return bad_element(r, i, isnan(value) ? "not a number" : "infinite", err);
        if (integers) {
            if (value != rint(value) || fabs(value) >= 0x1p63)
                return bad_element(r, i, "not a whole number", err);
            out->integers[i] = (int64_t)value;
        } else {
            out->reals[i] = value;
        }
    }
    return OHM_OK;
}

static ohm_status read_array(const char *path, bool integers, bool allow_nonfinite, ohm_npy *out,
                             ohm_err *err)
{
    raw r;
    memset(out, 0, sizeof *out);
    ohm_status status = raw_open(&r, path, err);
    if (status == OHM_OK) {
        out->dims = r.dims;
        memcpy(out->shape, r.shape, sizeof out->shape);
        out->count = r.count;
        out->is_integer = r.kind != 'f';
        void *elements = calloc(r.count ? r.count : 1, 8);
        if (integers)
            out->integers = elements;
        else
            out->reals = elements;
        status = elements ? fill(&r, integers, allow_nonfinite, out, err)
                          : ohm_err_at(err, OHM_ENOMEM, path, 0, 0, "out of memory for its array");
    }
    free(r.bytes);
    if (status != OHM_OK) ohm_npy_free(out);
    return status;
}

ohm_status ohm_npy_read_real(const char *path, bool allow_nonfinite, ohm_npy *out, ohm_err *err)
{
    return read_array(path, false, allow_nonfinite, out, err);
}

ohm_status ohm_npy_read_integer(const char *path, ohm_npy *out, ohm_err *err)
{
    return read_array(path, true, false, out, err);
}

void ohm_npy_free(ohm_npy *array)
{
    free(array->reals);
    free(array->integers);
    memset(array, 0, sizeof *array);
}

/* --- mapped --- */

struct ohm_npy_map {
    raw raw;
    char path[OHM_PATH_MAX];
    void *address;
    size_t size;
};

static ohm_status map_file(ohm_npy_map *map, ohm_err *err)
{
    int fd = open(map->path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        ohm_err_at(err, OHM_EIO, map->path, 0, 0, "cannot read: %s",
                   fd < 0 ? strerror(errno) : "not a regular file");
        if (fd >= 0) close(fd);
        return OHM_EIO;
    }
    map->size = (size_t)info.st_size;
    if (map->size > 0) map->address = mmap(NULL, map->size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map->address == MAP_FAILED) {
        map->address = NULL;
        return ohm_err_at(err, OHM_EIO, map->path, 0, 0, "cannot be mapped: %s", strerror(errno));
    }
    OHM_TRY(raw_parse(&map->raw, map->address, map->size, err));
    if (map->raw.fortran && map->raw.dims > 1)
        return ohm_err_at(err, OHM_EFORMAT, map->path, 0, 0,
                          "is in Fortran order; save numpy.ascontiguousarray(x)");
    return OHM_OK;
}

ohm_status ohm_npy_map_open(const char *path, ohm_npy_map **out, ohm_err *err)
{
    *out = NULL;
    ohm_npy_map *map = calloc(1, sizeof *map);
    if (!map) return ohm_err_at(err, OHM_ENOMEM, path, 0, 0, "out of memory for its array");
    snprintf(map->path, sizeof map->path, "%s", path);
    map->raw.path = map->path;
    ohm_status status = map_file(map, err);
    if (status != OHM_OK) {
        ohm_npy_map_close(map);
        return status;
    }
    *out = map;
    return OHM_OK;
}

void ohm_npy_map_close(ohm_npy_map *map)
{
    if (!map) return;
    if (map->address) munmap(map->address, map->size);
    free(map);
}

size_t ohm_npy_map_shape(const ohm_npy_map *map, size_t shape[OHM_NPY_DIMS_MAX])
{
    memcpy(shape, map->raw.shape, map->raw.dims * sizeof *shape);
    return map->raw.dims;
}

void ohm_npy_map_read(const ohm_npy_map *map, size_t first, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float)real_value(&map->raw, element_bits(&map->raw, first + i));
}

void ohm_npy_map_read_real(const ohm_npy_map *map, size_t first, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = real_value(&map->raw, element_bits(&map->raw, first + i));
}

/* --- writing --- */

static size_t width_of(const char *type)
{
    static const char *const types[] = {"<f8", "<f4", "<i8", "<i4", "<i2", "|i1", "|u1"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(type, types[i]) == 0) return (size_t)(type[2] - '0');
    }
    return 0;
}

ohm_status ohm_npy_write(const char *path, const char *type, size_t dims, const size_t *shape,
                         const void *data, bool force, ohm_err *err)
{
    size_t width = width_of(type), count = 1;
    if (width == 0 || dims > OHM_NPY_DIMS_MAX)
        return ohm_err_at(err, OHM_EINVAL, path, 0, 0, "cannot write elements of type \"%s\"",
                          type);
    char sizes[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < dims; i++) {
        count *= shape[i];
        used +=
            (size_t)snprintf(sizes + used, sizeof sizes - used, "%s%zu", i ? ", " : "", shape[i]);
    }
    char header[512];
    int text = snprintf(header, sizeof header,
                        "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }", type, sizes,
                        dims == 1 ? "," : "");
    /* magic, version, length and header, closed by a newline, fill a multiple of 64 bytes */
    size_t total = (10 + (size_t)text + 1 + 63) / 64 * 64, length = total - 10;
    memset(header + text, ' ', length - (size_t)text);
    header[length - 1] = '\n';
    unsigned char prefix[10];
    memcpy(prefix, MAGIC, sizeof MAGIC);
    prefix[6] = 1;
    prefix[7] = 0;
    prefix[8] = (unsigned char)(length & 255);
    prefix[9] = (unsigned char)(length >> 8);

    ohm_outfile file;
    OHM_TRY(ohm_outfile_open(&file, path, force, err));
    /* a failed write leaves the stream's error flag, which commit reports */
    (void)!fwrite(prefix, 1, sizeof prefix, file.stream);
    (void)!fwrite(header, 1, length, file.stream);
    if (count > 0) (void)!fwrite(data, width, count, file.stream);
    return ohm_outfile_commit(&file, err);
}
