/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published format (huggingface/safetensors): 8 bytes little-endian header length; a JSON object,
 * padded with spaces to a multiple of 8, of name -> {dtype, shape, data_offsets} plus the strings
 * of __metadata__; then one buffer that the tensors fill without overlap or hole. */
#include "core/files/safetensors.h"

#include "core/files/file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t HEADER_MAX = 100000000; /* the published reader's own limit */

typedef struct dtype_info {
    const char *name;
    size_t width;
} dtype_info;

static const dtype_info DTYPES[] = {
    [OHM_F64] = {"F64", 8},   [OHM_F32] = {"F32", 4}, [OHM_F16] = {"F16", 2},
    [OHM_BF16] = {"BF16", 2}, [OHM_I64] = {"I64", 8}, [OHM_I32] = {"I32", 4},
    [OHM_I16] = {"I16", 2},   [OHM_I8] = {"I8", 1},   [OHM_U8] = {"U8", 1},
};
enum { DTYPE_COUNT = sizeof DTYPES / sizeof *DTYPES };

typedef struct meta {
    char *key, *value;
} meta;

struct ohm_archive {
    ohm_tensor **tensors; /* sorted by name; pointers stay put while others come and go */
    size_t count, capacity;
    meta *metas; /* sorted by key */
    size_t meta_count, meta_capacity;
};

ohm_archive *ohm_archive_alloc(void)
{
    return calloc(1, sizeof(ohm_archive));
}

static void tensor_free(ohm_tensor *t)
{
    if (t) free(t->data);
    free(t);
}

void ohm_archive_free(ohm_archive *archive)
{
    if (!archive) return;
    for (size_t i = 0; i < archive->count; i++)
        tensor_free(archive->tensors[i]);
    for (size_t i = 0; i < archive->meta_count; i++) {
        free(archive->metas[i].key);
        free(archive->metas[i].value);
    }
    free(archive->tensors);
    free(archive->metas);
    free(archive);
}

/* First position whose name is not below the given one. */
static size_t tensor_place(const ohm_archive *a, const char *name, bool *found)
{
    size_t low = 0, high = a->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(a->tensors[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < a->count && strcmp(a->tensors[low]->name, name) == 0;
    return low;
}

static ohm_status tensor_insert(ohm_archive *a, ohm_tensor *t, ohm_err *err)
{
    bool found;
    size_t at = tensor_place(a, t->name, &found);
    if (found) {
        tensor_free(a->tensors[at]);
        a->tensors[at] = t;
        return OHM_OK;
    }
    if (a->count == a->capacity) {
        size_t capacity = a->capacity ? 2 * a->capacity : 32;
        ohm_tensor **larger = realloc(a->tensors, capacity * sizeof(ohm_tensor *));
        if (!larger) return ohm_err_no_memory(err, "the tensors");
        a->tensors = larger;
        a->capacity = capacity;
    }
    memmove(a->tensors + at + 1, a->tensors + at, (a->count - at) * sizeof(ohm_tensor *));
    a->tensors[at] = t;
    a->count++;
    return OHM_OK;
}

/* An empty tensor with its count; NULL data. */
static ohm_status tensor_make(const char *name, ohm_dtype dtype, size_t dims, const size_t *shape,
                              ohm_tensor **out, ohm_err *err)
{
    if (strlen(name) >= OHM_TENSOR_NAME_MAX || dims > OHM_TENSOR_DIMS_MAX)
        return ohm_err_set(err, OHM_EFORMAT,
                           "tensor \"%.80s\": name above %d characters or more than %d dimensions",
                           name, OHM_TENSOR_NAME_MAX - 1, OHM_TENSOR_DIMS_MAX);
    ohm_tensor *t = calloc(1, sizeof *t);
    if (!t) return ohm_err_no_memory(err, "the tensors");
    snprintf(t->name, sizeof t->name, "%s", name);
    t->dtype = dtype;
    t->dims = dims;
    t->count = 1;
    size_t bytes = 0;
    bool overflow = false;
    for (size_t i = 0; i < dims; i++) {
        t->shape[i] = shape[i];
        overflow = __builtin_mul_overflow(t->count, shape[i], &t->count) || overflow;
    }
    if (overflow || __builtin_mul_overflow(t->count, (size_t)8, &bytes)) {
        free(t);
        return ohm_err_set(err, OHM_EFORMAT, "tensor \"%s\" is larger than any memory", name);
    }
    *out = t;
    return OHM_OK;
}

ohm_status ohm_archive_put(ohm_archive *archive, const char *name, ohm_dtype dtype, size_t dims,
                           const size_t *shape, const void *data, ohm_err *err)
{
    if (dtype == OHM_F16 || dtype == OHM_BF16)
        return ohm_err_set(err, OHM_EINVAL, "tensor \"%s\": half floats are read only", name);
    ohm_tensor *t;
    OHM_TRY(tensor_make(name, dtype, dims, shape, &t, err));
    size_t bytes = t->count * DTYPES[dtype].width;
    t->data = malloc(bytes ? bytes : 1);
    if (!t->data) {
        tensor_free(t);
        return ohm_err_no_memory(err, "the tensors");
    }
    if (bytes) memcpy(t->data, data, bytes);
    ohm_status status = tensor_insert(archive, t, err);
    if (status != OHM_OK) tensor_free(t);
    return status;
}

const ohm_tensor *ohm_archive_get(const ohm_archive *archive, const char *name)
{
    bool found;
    size_t at = tensor_place(archive, name, &found);
    return found ? archive->tensors[at] : NULL;
}

static void format_shape(size_t dims, const size_t *shape, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "(");
    for (size_t i = 0; i < dims && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, shape[i] ? "%s%zu" : "%sany",
                                 i ? ", " : "", shape[i]);
    if (used < size) snprintf(out + used, size - used, ")");
}

ohm_status ohm_archive_need(const ohm_archive *archive, const char *name, ohm_dtype dtype,
                            size_t dims, const size_t *shape, const ohm_tensor **out, ohm_err *err)
{
    const ohm_tensor *t = ohm_archive_get(archive, name);
    if (!t) return ohm_err_set(err, OHM_EFORMAT, "the tensor \"%s\" is missing", name);
    bool same = t->dtype == dtype && t->dims == dims;
    for (size_t i = 0; same && i < dims; i++)
        same = shape[i] == 0 || shape[i] == t->shape[i];
    if (!same) {
        char have[160], want[160];
        format_shape(t->dims, t->shape, have, sizeof have);
        format_shape(dims, shape, want, sizeof want);
        return ohm_err_set(err, OHM_EFORMAT, "the tensor \"%s\" is %s %s where %s %s is needed",
                           name, DTYPES[t->dtype].name, have, DTYPES[dtype].name, want);
    }
    *out = t;
    return OHM_OK;
}

size_t ohm_archive_count(const ohm_archive *archive)
{
    return archive->count;
}

const ohm_tensor *ohm_archive_at(const ohm_archive *archive, size_t i)
{
    return i < archive->count ? archive->tensors[i] : NULL;
}

ohm_status ohm_archive_meta_put(ohm_archive *archive, const char *key, const char *value,
                                ohm_err *err)
{
    size_t at = 0;
    while (at < archive->meta_count && strcmp(archive->metas[at].key, key) < 0)
        at++;
    char *text = strdup(value);
    if (!text) return ohm_err_no_memory(err, "the tensors");
    if (at < archive->meta_count && strcmp(archive->metas[at].key, key) == 0) {
        free(archive->metas[at].value);
        archive->metas[at].value = text;
        return OHM_OK;
    }
    char *name = strdup(key);
    if (name && archive->meta_count == archive->meta_capacity) {
        size_t capacity = archive->meta_capacity ? 2 * archive->meta_capacity : 8;
        meta *larger = realloc(archive->metas, capacity * sizeof *larger);
        if (larger) {
            archive->metas = larger;
            archive->meta_capacity = capacity;
        }
    }
    if (!name || archive->meta_count == archive->meta_capacity) {
        free(name);
        free(text);
        return ohm_err_no_memory(err, "the tensors");
    }
    memmove(archive->metas + at + 1, archive->metas + at,
            (archive->meta_count - at) * sizeof *archive->metas);
    archive->metas[at] = (meta){name, text};
    archive->meta_count++;
    return OHM_OK;
}

const char *ohm_archive_meta_get(const ohm_archive *archive, const char *key)
{
    for (size_t i = 0; i < archive->meta_count; i++) {
        if (strcmp(archive->metas[i].key, key) == 0) return archive->metas[i].value;
    }
    return NULL;
}

/* --- loading --- */

static float half_to_float(uint16_t bits)
{
    int exponent = bits >> 10 & 31;
    float fraction = (float)(bits & 1023), value;
    if (exponent == 31)
        value = fraction > 0 ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexpf(fraction, -24);
    else
        value = ldexpf(fraction + 1024, exponent - 25);
    return bits >> 15 ? -value : value;
}

static float bfloat_to_float(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

/* Half floats become F32 in place of t->dtype. */
static ohm_status copy_data(ohm_tensor *t, const unsigned char *from, ohm_err *err)
{
    bool half = t->dtype == OHM_F16 || t->dtype == OHM_BF16;
    size_t width = half ? sizeof(float) : DTYPES[t->dtype].width;
    t->data = malloc(t->count ? t->count * width : 1);
    if (!t->data) return ohm_err_no_memory(err, "the tensors");
    if (!half) {
        if (t->count) memcpy(t->data, from, t->count * width);
        return OHM_OK;
    }
    float *values = t->data;
    for (size_t i = 0; i < t->count; i++) {
        uint16_t bits = (uint16_t)(from[2 * i] | from[2 * i + 1] << 8);
        values[i] = t->dtype == OHM_F16 ? half_to_float(bits) : bfloat_to_float(bits);
    }
    t->dtype = OHM_F32;
    return OHM_OK;
}

/* A JSON array of n non-negative integers. */
static bool read_sizes(const json_t *array, size_t n, size_t *out)
{
    if (json_array_size(array) != n) return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(array, i);
        if (!json_is_integer(v) || json_integer_value(v) < 0) return false;
        out[i] = (size_t)json_integer_value(v);
    }
    return true;
}

typedef struct span {
    size_t begin, end;
    const char *name;
} span;

static ohm_status read_entry(ohm_archive *a, const char *name, const json_t *entry,
                             const unsigned char *buffer, size_t size, span *where, ohm_err *err)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    size_t sizes[OHM_TENSOR_DIMS_MAX], offsets[2], dtype = 0;
    while (type && dtype < DTYPE_COUNT && strcmp(type, DTYPES[dtype].name) != 0)
        dtype++;
    if (!type || dtype == DTYPE_COUNT)
        return ohm_err_set(err, OHM_EFORMAT,
                           "tensor \"%.80s\": the type \"%.20s\" is not supported", name,
                           type ? type : "(none)");
    size_t dims = json_array_size(shape);
    if (!json_is_array(shape) || dims > OHM_TENSOR_DIMS_MAX || !read_sizes(shape, dims, sizes))
        return ohm_err_set(err, OHM_EFORMAT,
                           "tensor \"%.80s\": the shape is not a list of at most %d sizes", name,
                           OHM_TENSOR_DIMS_MAX);
    if (!read_sizes(json_object_get(entry, "data_offsets"), 2, offsets))
        return ohm_err_set(err, OHM_EFORMAT, "tensor \"%.80s\": data_offsets is not [begin, end]",
                           name);
    if (offsets[0] > offsets[1] || offsets[1] > size)
        return ohm_err_set(err, OHM_EFORMAT,
                           "tensor \"%.80s\": its data would lie at bytes %zu to %zu of the %zu "
                           "that the file holds; the file is cut or garbled",
                           name, offsets[0], offsets[1], size);
    ohm_tensor *t;
    OHM_TRY(tensor_make(name, (ohm_dtype)dtype, dims, sizes, &t, err));
    ohm_status status = OHM_OK;
    if (t->count * DTYPES[dtype].width != offsets[1] - offsets[0])
        status = ohm_err_set(err, OHM_EFORMAT,
                             "tensor \"%s\": shape and type need %zu bytes, data_offsets give %zu",
                             name, t->count * DTYPES[dtype].width, offsets[1] - offsets[0]);
    if (status == OHM_OK) status = copy_data(t, buffer + offsets[0], err);
    if (status == OHM_OK) status = tensor_insert(a, t, err);
    if (status != OHM_OK) {
        tensor_free(t);
        return status;
    }
    *where = (span){offsets[0], offsets[1], t->name};
    return OHM_OK;
}

static int by_begin(const void *x, const void *y)
{
    const span *a = x, *b = y;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

static ohm_status check_spans(span *spans, size_t n, size_t size, ohm_err *err)
{
    qsort(spans, n, sizeof *spans, by_begin);
    size_t filled = 0;
    for (size_t i = 0; i < n; i++) {
        if (spans[i].begin < filled)
            return ohm_err_set(err, OHM_EFORMAT, "tensors \"%s\" and \"%s\" overlap",
                               spans[i - 1].name, spans[i].name);
        if (spans[i].begin > filled)
            return ohm_err_set(err, OHM_EFORMAT, "bytes %zu to %zu belong to no tensor", filled,
                               spans[i].begin);
        filled = spans[i].end;
    }
    if (filled != size)
        return ohm_err_set(err, OHM_EFORMAT, "%zu bytes behind the last tensor belong to nothing",
                           size - filled);
    return OHM_OK;
}

static ohm_status read_metadata(ohm_archive *a, const json_t *object, ohm_err *err)
{
    const char *key;
    const json_t *value;
    if (!json_is_object(object))
        return ohm_err_set(err, OHM_EFORMAT, "__metadata__ is not an object of strings");
    json_object_foreach((json_t *)object, key, value)
    {
        if (!json_is_string(value))
            return ohm_err_set(err, OHM_EFORMAT, "__metadata__: \"%.80s\" is not a string", key);
        OHM_TRY(ohm_archive_meta_put(a, key, json_string_value(value), err));
    }
    return OHM_OK;
}

static ohm_status read_entries(ohm_archive *a, const json_t *header, const unsigned char *buffer,
                               size_t size, ohm_err *err)
{
    size_t n = 0;
    span *spans = malloc((json_object_size(header) + 1) * sizeof *spans);
    if (!spans) return ohm_err_no_memory(err, "the tensors");
    const char *name;
    const json_t *entry;
    ohm_status status = OHM_OK;
    json_object_foreach((json_t *)header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0)
            status = read_metadata(a, entry, err);
        else
            status = read_entry(a, name, entry, buffer, size, &spans[n++], err);
        if (status != OHM_OK) break;
    }
    if (status == OHM_OK) status = check_spans(spans, n, size, err);
    free(spans);
    return status;
}

static ohm_status parse(ohm_archive *a, const unsigned char *bytes, size_t n, ohm_err *err)
{
    uint64_t length = 0;
    if (n < 8)
        return ohm_err_set(err, OHM_EFORMAT, "shorter than the 8 bytes every safetensors file has");
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)bytes[i] << (8 * i);
    if (length > HEADER_MAX || length > n - 8)
        return ohm_err_set(err, OHM_EFORMAT,
                           "the header would be %llu bytes long, the file has %zu; it is cut or no "
                           "safetensors file",
                           (unsigned long long)length, n);
    json_error_t where;
    json_t *header =
        json_loadb((const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(header)) {
        ohm_err_set(err, OHM_EFORMAT, "the header is not a JSON object: %s",
                    header ? "another type" : where.text);
        json_decref(header);
        return OHM_EFORMAT;
    }
    ohm_status status = read_entries(a, header, bytes + 8 + length, n - 8 - (size_t)length, err);
    json_decref(header);
    return status;
}

ohm_status ohm_archive_load(const char *path, ohm_archive **out, ohm_err *err)
{
    void *bytes;
    size_t n;
    *out = NULL;
    OHM_TRY(ohm_file_read(path, &bytes, &n, err));
    ohm_archive *a = ohm_archive_alloc();
    ohm_status status = a ? parse(a, bytes, n, err) : ohm_err_no_memory(err, "the tensors");
    free(bytes);
    if (status != OHM_OK) {
        ohm_archive_free(a);
        if (err) snprintf(err->path, sizeof err->path, "%s", path);
        return status;
    }
    *out = a;
    return OHM_OK;
}

/* --- saving --- */

/* Widest elements first, so that every tensor lies aligned; then by name. */
static int by_layout(const void *x, const void *y)
{
    const ohm_tensor *a = *(const ohm_tensor *const *)x, *b = *(const ohm_tensor *const *)y;
    size_t wa = DTYPES[a->dtype].width, wb = DTYPES[b->dtype].width;
    if (wa != wb) return wa > wb ? -1 : 1;
    return strcmp(a->name, b->name);
}

static json_t *make_header(const ohm_archive *a, ohm_tensor *const *order)
{
    json_t *header = json_object();
    if (a->meta_count > 0) {
        json_t *object = json_object();
        for (size_t i = 0; i < a->meta_count; i++)
            json_object_set_new(object, a->metas[i].key, json_string(a->metas[i].value));
        json_object_set_new(header, "__metadata__", object);
    }
    size_t offset = 0;
    for (size_t i = 0; i < a->count; i++) {
        const ohm_tensor *t = order[i];
        size_t end = offset + t->count * DTYPES[t->dtype].width;
        json_t *shape = json_array();
        for (size_t d = 0; d < t->dims; d++)
            json_array_append_new(shape, json_integer((json_int_t)t->shape[d]));
        json_object_set_new(header, t->name,
                            json_pack("{s:s, s:o, s:[I,I]}", "dtype", DTYPES[t->dtype].name,
                                      "shape", shape, "data_offsets", (json_int_t)offset,
                                      (json_int_t)end));
        offset = end;
    }
    return header;
}

ohm_status ohm_archive_save(const ohm_archive *archive, const char *path, bool force, ohm_err *err)
{
    for (size_t i = 0; i < archive->meta_count; i++) {
        json_t *text = json_string(archive->metas[i].value);
        json_decref(text);
        if (!text)
            return ohm_err_at(err, OHM_EINVAL, path, 0, 0, "the metadata \"%s\" is not UTF-8",
                              archive->metas[i].key);
    }
    ohm_tensor **order = malloc((archive->count + 1) * sizeof(ohm_tensor *));
    if (!order) return ohm_err_no_memory(err, "the tensors");
    if (archive->count) memcpy(order, archive->tensors, archive->count * sizeof(ohm_tensor *));
    qsort(order, archive->count, sizeof(ohm_tensor *), by_layout);
    json_t *header = make_header(archive, order);
    char *text = json_dumps(header, JSON_COMPACT);
    json_decref(header);

    ohm_outfile file;
    ohm_status status =
        text ? ohm_outfile_open(&file, path, force, err) : ohm_err_no_memory(err, "the tensors");
    if (status == OHM_OK) {
        size_t length = strlen(text), padded = (length + 7) / 8 * 8;
        unsigned char prefix[8];
        for (int i = 0; i < 8; i++)
            prefix[i] = (unsigned char)(padded >> (8 * i));
        /* a failed write leaves the stream's error flag, which commit reports */
        (void)!fwrite(prefix, 1, sizeof prefix, file.stream);
        (void)!fwrite(text, 1, length, file.stream);
        for (size_t i = length; i < padded; i++)
            fputc(' ', file.stream);
        for (size_t i = 0; i < archive->count; i++)
            (void)!fwrite(order[i]->data, DTYPES[order[i]->dtype].width, order[i]->count,
                          file.stream);
        status = ohm_outfile_commit(&file, err);
    }
    free(text);
    free(order);
    return status;
}
