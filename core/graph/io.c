/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph in a model file: structure as JSON in the metadata, numbers as tensors. */
#include "core/graph/graph.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const META_KEY = "ohmstate.graph";
enum { FORMAT_VERSION = 1 };

static const char *const kind_names[] = {
    [OHM_OP_MVM] = "mvm",   [OHM_OP_SSM] = "ssm",         [OHM_OP_TABLE] = "table",
    [OHM_OP_GLU] = "glu",   [OHM_OP_COMBINE] = "combine", [OHM_OP_LAYERNORM] = "layernorm",
    [OHM_OP_POOL] = "pool",
};

/* --- writing --- */

/* Tensor name of one field of one op. */
static void tensor_name(char out[OHM_TENSOR_NAME_MAX], size_t op, const char *field)
{
    snprintf(out, OHM_TENSOR_NAME_MAX, "graph.%zu.%s", op, field);
}

/* Stores integers in the smallest type that holds them. */
static ohm_status put_integers(ohm_archive *a, size_t op, const char *field, size_t dims,
                               const size_t *shape, const int32_t *codes, ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    tensor_name(name, op, field);
    size_t n = 1;
    for (size_t d = 0; d < dims; d++)
        n *= shape[d];
    int32_t lo = 0, hi = 0;
    for (size_t i = 0; i < n; i++) {
        lo = codes[i] < lo ? codes[i] : lo;
        hi = codes[i] > hi ? codes[i] : hi;
    }
    if (lo < INT16_MIN || hi > INT16_MAX)
        return ohm_archive_put(a, name, OHM_I32, dims, shape, codes, err);
    bool byte = lo >= INT8_MIN && hi <= INT8_MAX;
    void *small = malloc(n ? n * (byte ? 1 : 2) : 1);
    if (!small) return ohm_err_no_memory(err, "a graph");
    for (size_t i = 0; i < n; i++) {
        if (byte)
            ((int8_t *)small)[i] = (int8_t)codes[i];
        else
            ((int16_t *)small)[i] = (int16_t)codes[i];
    }
    ohm_status status = ohm_archive_put(a, name, byte ? OHM_I8 : OHM_I16, dims, shape, small, err);
    free(small);
    return status;
}

static ohm_status put_vector(ohm_archive *a, size_t op, const char *field, size_t n,
                             const int32_t *codes, ohm_err *err)
{
    return put_integers(a, op, field, 1, &n, codes, err);
}

static ohm_status put_plain(ohm_archive *a, size_t op, const char *field, ohm_dtype type, size_t n,
                            const void *data, ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    tensor_name(name, op, field);
    return ohm_archive_put(a, name, type, 1, &n, data, err);
}

static ohm_status put_mvm(ohm_archive *a, size_t i, const ohm_op_mvm *m, json_t *j, ohm_err *err)
{
    json_object_set_new(j, "weight_bits", json_integer(m->weight_bits));
    json_object_set_new(j, "shift", json_integer(m->shift));
    size_t shape[2] = {m->outputs, m->inputs};
    size_t n = m->outputs * m->inputs;
    int32_t *codes = malloc(n * sizeof *codes);
    if (!codes) return ohm_err_no_memory(err, "a graph");
    for (size_t k = 0; k < n; k++)
        codes[k] = m->weight[k];
    ohm_status status = put_integers(a, i, "weight", 2, shape, codes, err);
    free(codes);
    OHM_TRY(status);
    OHM_TRY(put_plain(a, i, "weight_scale", OHM_F64, m->outputs, m->weight_scale, err));
    OHM_TRY(put_plain(a, i, "bias", OHM_I64, m->outputs, m->bias, err));
    return put_vector(a, i, "multiplier", m->outputs, m->multiplier, err);
}

static ohm_status put_ssm(ohm_archive *a, size_t i, const ohm_op_ssm *s, json_t *j, ohm_err *err)
{
    json_object_set_new(j, "modes", json_integer((json_int_t)s->modes));
    json_object_set_new(j, "delta", json_boolean(s->delta));
    if (s->dithered) json_object_set_new(j, "dithered", json_true());
    const struct {
        const char *key;
        int value;
    } integers[] = {
        {"pole_bits", s->pole_bits}, {"b_bits", s->b_bits},         {"c_bits", s->c_bits},
        {"d_bits", s->d_bits},       {"state_bits", s->state_bits}, {"shift_state", s->shift_state},
        {"shift_out", s->shift_out}, {"state_lo", s->state_lo},     {"state_hi", s->state_hi}};
    for (size_t k = 0; k < sizeof integers / sizeof integers[0]; k++)
        json_object_set_new(j, integers[k].key, json_integer(integers[k].value));

    size_t shape[2] = {s->modes, s->heads};
    const struct {
        const char *field;
        const int32_t *codes;
    } planes[] = {{"a_re", s->a_re}, {"a_im", s->a_im}, {"b_re", s->b_re},
                  {"b_im", s->b_im}, {"c_re", s->c_re}, {"c_im", s->c_im}};
    for (size_t k = 0; k < sizeof planes / sizeof planes[0]; k++)
        OHM_TRY(put_integers(a, i, planes[k].field, 2, shape, planes[k].codes, err));
    const struct {
        const char *field;
        const int32_t *codes;
    } vectors[] = {{"d", s->d},
                   {"multiplier_a", s->multiplier_a},
                   {"multiplier_b", s->multiplier_b},
                   {"multiplier_c", s->multiplier_c},
                   {"multiplier_d", s->multiplier_d}};
    for (size_t k = 0; k < sizeof vectors / sizeof vectors[0]; k++)
        OHM_TRY(put_vector(a, i, vectors[k].field, s->heads, vectors[k].codes, err));
    const struct {
        const char *field;
        const double *values;
    } scales[] = {{"a_scale", s->a_scale},
                  {"b_scale", s->b_scale},
                  {"c_scale", s->c_scale},
                  {"d_scale", s->d_scale},
                  {"state_scale", s->state_scale}};
    for (size_t k = 0; k < sizeof scales / sizeof scales[0]; k++)
        OHM_TRY(put_plain(a, i, scales[k].field, OHM_F64, s->heads, scales[k].values, err));
    return OHM_OK;
}

static ohm_status put_op(const ohm_graph *g, size_t i, ohm_archive *a, json_t *j, ohm_err *err)
{
    const ohm_op *op = &g->ops[i];
    size_t width = g->values[op->output].width;
    switch (op->kind) {
    case OHM_OP_MVM:
        return put_mvm(a, i, &op->u.mvm, j, err);
    case OHM_OP_SSM:
        return put_ssm(a, i, &op->u.ssm, j, err);
    case OHM_OP_TABLE:
        json_object_set_new(j, "function", json_string(op->u.table.function));
        return put_vector(a, i, "table", op->u.table.entries, op->u.table.table, err);
    case OHM_OP_GLU:
        json_object_set_new(j, "multiplier", json_integer(op->u.glu.multiplier));
        json_object_set_new(j, "shift", json_integer(op->u.glu.shift));
        return put_vector(a, i, "table", op->u.glu.entries, op->u.glu.table, err);
    case OHM_OP_COMBINE:
        json_object_set_new(j, "shift", json_integer(op->u.combine.shift));
        OHM_TRY(put_vector(a, i, "multiplier_a", width, op->u.combine.multiplier_a, err));
        if (op->input_b != OHM_NO_VALUE)
            OHM_TRY(put_vector(a, i, "multiplier_b", width, op->u.combine.multiplier_b, err));
        return put_plain(a, i, "offset", OHM_I64, width, op->u.combine.offset, err);
    case OHM_OP_LAYERNORM: {
        const ohm_op_layernorm *n = &op->u.layernorm;
        char epsilon[32];
        snprintf(epsilon, sizeof epsilon, "%llu", (unsigned long long)n->epsilon);
        json_object_set_new(j, "epsilon", json_string(epsilon));
        json_object_set_new(j, "precision", json_integer(n->precision));
        json_object_set_new(j, "shift", json_integer(n->shift));
        OHM_TRY(put_vector(a, i, "multiplier", width, n->multiplier, err));
        return put_vector(a, i, "offset", width, n->offset, err);
    }
    case OHM_OP_POOL:
        json_object_set_new(j, "last", json_boolean(op->u.pool.last));
        json_object_set_new(j, "multiplier", json_integer(op->u.pool.multiplier));
        json_object_set_new(j, "shift", json_integer(op->u.pool.shift));
        return OHM_OK;
    }
    return ohm_err_set(err, OHM_EINVAL, "graph op %zu is of an unknown kind", i);
}

ohm_status ohm_graph_put(const ohm_graph *g, ohm_archive *archive, ohm_err *err)
{
    OHM_TRY(ohm_graph_check(g, err));
    json_t *root = json_object(), *values = json_array(), *ops = json_array();
    json_object_set_new(root, "version", json_integer(FORMAT_VERSION));
    json_object_set_new(root, "classes", json_integer((json_int_t)g->classes));
    json_object_set_new(root, "logits", json_integer(g->logits));
    json_object_set_new(root, "values", values);
    json_object_set_new(root, "ops", ops);
    for (size_t i = 0; i < g->value_count; i++) {
        const ohm_value *v = &g->values[i];
        json_array_append_new(values, json_pack("{s:s, s:I, s:i, s:i, s:f}", "name", v->name,
                                                "width", (json_int_t)v->width, "lo", v->lo, "hi",
                                                v->hi, "scale", v->scale));
    }
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < g->op_count && status == OHM_OK; i++) {
        const ohm_op *op = &g->ops[i];
        json_t *j = json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "kind", kind_names[op->kind],
                              "name", op->name, "layer", op->layer, "input_a", op->input_a,
                              "input_b", op->input_b, "output", op->output);
        json_array_append_new(ops, j);
        status = put_op(g, i, archive, j, err);
    }
    if (status == OHM_OK) {
        char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17));
        status = text ? ohm_archive_meta_put(archive, META_KEY, text, err)
                      : ohm_err_no_memory(err, "a graph");
        free(text);
    }
    json_decref(root);
    return status;
}

/* --- reading --- */

static ohm_status missing(ohm_err *err, const char *what)
{
    return ohm_err_set(err, OHM_EFORMAT, "graph in the model file: %s is missing or malformed",
                       what);
}

static ohm_status get_int(const json_t *j, const char *key, int *out, ohm_err *err)
{
    const json_t *v = json_object_get(j, key);
    if (!json_is_integer(v) || json_integer_value(v) < INT32_MIN ||
        json_integer_value(v) > INT32_MAX)
        return missing(err, key);
    *out = (int)json_integer_value(v);
    return OHM_OK;
}

static ohm_status get_size(const json_t *j, const char *key, size_t *out, ohm_err *err)
{
    int v = 0;
    OHM_TRY(get_int(j, key, &v, err));
    if (v < 0) return missing(err, key);
    *out = (size_t)v;
    return OHM_OK;
}

static ohm_status get_text(const json_t *j, const char *key, char *out, size_t size, ohm_err *err)
{
    const char *text = json_string_value(json_object_get(j, key));
    if (!text || strlen(text) >= size) return missing(err, key);
    memcpy(out, text, strlen(text) + 1);
    return OHM_OK;
}

/* A tensor of n integers of any width as int32; n 0 means any length, returned in *count. */
static ohm_status get_integers(const ohm_archive *a, size_t op, const char *field, size_t n,
                               size_t *count, int32_t **out, ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    tensor_name(name, op, field);
    const ohm_tensor *t = ohm_archive_get(a, name);
    if (!t || (n && t->count != n) ||
        (t->dtype != OHM_I8 && t->dtype != OHM_I16 && t->dtype != OHM_I32))
        return missing(err, name);
    int32_t *codes = malloc((t->count ? t->count : 1) * sizeof *codes);
    if (!codes) return ohm_err_no_memory(err, "a graph");
    for (size_t i = 0; i < t->count; i++)
        codes[i] = t->dtype == OHM_I8    ? ((const int8_t *)t->data)[i]
                   : t->dtype == OHM_I16 ? ((const int16_t *)t->data)[i]
                                         : ((const int32_t *)t->data)[i];
    *out = codes;
    if (count) *count = t->count;
    return OHM_OK;
}

/* A tensor of n numbers of exactly this type, copied. */
static ohm_status get_plain(const ohm_archive *a, size_t op, const char *field, ohm_dtype type,
                            size_t n, void **out, ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    tensor_name(name, op, field);
    const ohm_tensor *t = ohm_archive_get(a, name);
    if (!t || t->count != n || t->dtype != type) return missing(err, name);
    size_t bytes = n * sizeof(int64_t); /* both types read this way are 8 bytes wide */
    *out = malloc(bytes ? bytes : 1);
    if (!*out) return ohm_err_no_memory(err, "a graph");
    memcpy(*out, t->data, bytes);
    return OHM_OK;
}

static ohm_status get_reals(const ohm_archive *a, size_t op, const char *field, size_t n,
                            double **out, ohm_err *err)
{
    void *p = NULL;
    OHM_TRY(get_plain(a, op, field, OHM_F64, n, &p, err));
    *out = p;
    return OHM_OK;
}

static ohm_status get_wide(const ohm_archive *a, size_t op, const char *field, size_t n,
                           int64_t **out, ohm_err *err)
{
    void *p = NULL;
    OHM_TRY(get_plain(a, op, field, OHM_I64, n, &p, err));
    *out = p;
    return OHM_OK;
}

static ohm_status get_mvm(const ohm_archive *a, size_t i, const json_t *j, size_t inputs,
                          size_t outputs, ohm_op_mvm *m, ohm_err *err)
{
    m->inputs = inputs;
    m->outputs = outputs;
    OHM_TRY(get_int(j, "weight_bits", &m->weight_bits, err));
    OHM_TRY(get_int(j, "shift", &m->shift, err));
    int32_t *codes = NULL;
    OHM_TRY(get_integers(a, i, "weight", inputs * outputs, NULL, &codes, err));
    m->weight = malloc(inputs * outputs * sizeof *m->weight);
    bool fits = m->weight != NULL;
    for (size_t k = 0; fits && k < inputs * outputs; k++) {
        fits = codes[k] >= INT16_MIN && codes[k] <= INT16_MAX;
        m->weight[k] = (int16_t)codes[k];
    }
    free(codes);
    if (!fits) return missing(err, "weight");
    OHM_TRY(get_reals(a, i, "weight_scale", outputs, &m->weight_scale, err));
    OHM_TRY(get_wide(a, i, "bias", outputs, &m->bias, err));
    return get_integers(a, i, "multiplier", outputs, NULL, &m->multiplier, err);
}

static ohm_status get_ssm(const ohm_archive *a, size_t i, const json_t *j, size_t heads,
                          ohm_op_ssm *s, ohm_err *err)
{
    s->heads = heads;
    OHM_TRY(get_size(j, "modes", &s->modes, err));
    const json_t *delta = json_object_get(j, "delta");
    if (!json_is_boolean(delta)) return missing(err, "delta");
    s->delta = json_is_true(delta);
    s->dithered = json_is_true(json_object_get(j, "dithered"));
    int lo = 0, hi = 0;
    const struct {
        const char *key;
        int *field;
    } integers[] = {{"pole_bits", &s->pole_bits},
                    {"b_bits", &s->b_bits},
                    {"c_bits", &s->c_bits},
                    {"d_bits", &s->d_bits},
                    {"state_bits", &s->state_bits},
                    {"shift_state", &s->shift_state},
                    {"shift_out", &s->shift_out},
                    {"state_lo", &lo},
                    {"state_hi", &hi}};
    for (size_t k = 0; k < sizeof integers / sizeof integers[0]; k++)
        OHM_TRY(get_int(j, integers[k].key, integers[k].field, err));
    s->state_lo = lo;
    s->state_hi = hi;
    const struct {
        const char *field;
        size_t n;
        int32_t **out;
    } tensors[] = {{"a_re", s->modes * heads, &s->a_re},
                   {"a_im", s->modes * heads, &s->a_im},
                   {"b_re", s->modes * heads, &s->b_re},
                   {"b_im", s->modes * heads, &s->b_im},
                   {"c_re", s->modes * heads, &s->c_re},
                   {"c_im", s->modes * heads, &s->c_im},
                   {"d", heads, &s->d},
                   {"multiplier_a", heads, &s->multiplier_a},
                   {"multiplier_b", heads, &s->multiplier_b},
                   {"multiplier_c", heads, &s->multiplier_c},
                   {"multiplier_d", heads, &s->multiplier_d}};
    for (size_t k = 0; k < sizeof tensors / sizeof tensors[0]; k++)
        OHM_TRY(get_integers(a, i, tensors[k].field, tensors[k].n, NULL, tensors[k].out, err));
    const struct {
        const char *field;
        double **out;
    } scales[] = {{"a_scale", &s->a_scale},
                  {"b_scale", &s->b_scale},
                  {"c_scale", &s->c_scale},
                  {"d_scale", &s->d_scale},
                  {"state_scale", &s->state_scale}};
    for (size_t k = 0; k < sizeof scales / sizeof scales[0]; k++)
        OHM_TRY(get_reals(a, i, scales[k].field, heads, scales[k].out, err));
    return OHM_OK;
}

static ohm_status get_op_fields(const ohm_graph *g, const ohm_archive *a, size_t i, const json_t *j,
                                ohm_op *op, ohm_err *err)
{
    size_t in = g->values[op->input_a].width, out = g->values[op->output].width;
    switch (op->kind) {
    case OHM_OP_MVM:
        return get_mvm(a, i, j, in, out, &op->u.mvm, err);
    case OHM_OP_SSM:
        return get_ssm(a, i, j, out, &op->u.ssm, err);
    case OHM_OP_TABLE: {
        ohm_op_table *t = &op->u.table;
        OHM_TRY(get_text(j, "function", t->function, sizeof t->function, err));
        return get_integers(a, i, "table", 0, &t->entries, &t->table, err);
    }
    case OHM_OP_GLU: {
        ohm_op_glu *u = &op->u.glu;
        OHM_TRY(get_int(j, "multiplier", &u->multiplier, err));
        OHM_TRY(get_int(j, "shift", &u->shift, err));
        return get_integers(a, i, "table", 0, &u->entries, &u->table, err);
    }
    case OHM_OP_COMBINE: {
        ohm_op_combine *c = &op->u.combine;
        OHM_TRY(get_int(j, "shift", &c->shift, err));
        OHM_TRY(get_integers(a, i, "multiplier_a", out, NULL, &c->multiplier_a, err));
        if (op->input_b != OHM_NO_VALUE)
            OHM_TRY(get_integers(a, i, "multiplier_b", out, NULL, &c->multiplier_b, err));
        return get_wide(a, i, "offset", out, &c->offset, err);
    }
    case OHM_OP_LAYERNORM: {
        ohm_op_layernorm *n = &op->u.layernorm;
        char epsilon[32], *end = NULL;
        OHM_TRY(get_text(j, "epsilon", epsilon, sizeof epsilon, err));
        n->epsilon = strtoull(epsilon, &end, 10);
        if (*end) return missing(err, "epsilon");
        OHM_TRY(get_int(j, "precision", &n->precision, err));
        OHM_TRY(get_int(j, "shift", &n->shift, err));
        OHM_TRY(get_integers(a, i, "multiplier", out, NULL, &n->multiplier, err));
        return get_integers(a, i, "offset", out, NULL, &n->offset, err);
    }
    case OHM_OP_POOL:
        op->u.pool.last = json_is_true(json_object_get(j, "last"));
        OHM_TRY(get_int(j, "multiplier", &op->u.pool.multiplier, err));
        return get_int(j, "shift", &op->u.pool.shift, err);
    }
    return missing(err, "kind");
}

static ohm_status get_value(const json_t *j, ohm_value *v, ohm_err *err)
{
    OHM_TRY(get_text(j, "name", v->name, sizeof v->name, err));
    OHM_TRY(get_size(j, "width", &v->width, err));
    OHM_TRY(get_int(j, "lo", &v->lo, err));
    OHM_TRY(get_int(j, "hi", &v->hi, err));
    v->scale = json_number_value(json_object_get(j, "scale"));
    return OHM_OK;
}

static ohm_status get_op(const ohm_graph *g, const ohm_archive *a, size_t i, const json_t *j,
                         ohm_op *op, ohm_err *err)
{
    char kind[16];
    OHM_TRY(get_text(j, "kind", kind, sizeof kind, err));
    size_t k = 0, kinds = sizeof kind_names / sizeof kind_names[0];
    while (k < kinds && strcmp(kind, kind_names[k]) != 0)
        k++;
    if (k == kinds)
        return ohm_err_set(err, OHM_EFORMAT, "graph in the model file: unknown op kind '%s'", kind);
    op->kind = (ohm_op_kind)k;
    OHM_TRY(get_text(j, "name", op->name, sizeof op->name, err));
    OHM_TRY(get_int(j, "layer", &op->layer, err));
    OHM_TRY(get_int(j, "input_a", &op->input_a, err));
    OHM_TRY(get_int(j, "input_b", &op->input_b, err));
    OHM_TRY(get_int(j, "output", &op->output, err));
    int values = (int)g->value_count;
    if (op->input_a < 0 || op->input_a >= values || op->output < 0 || op->output >= values)
        return missing(err, "input or output");
    return get_op_fields(g, a, i, j, op, err);
}

static ohm_status read_graph(const json_t *root, const ohm_archive *archive, ohm_graph **out,
                             ohm_err *err)
{
    int version = 0;
    OHM_TRY(get_int(root, "version", &version, err));
    if (version != FORMAT_VERSION)
        return ohm_err_set(err, OHM_EFORMAT,
                           "graph in the model file has version %d, this program reads version %d",
                           version, FORMAT_VERSION);
    const json_t *values = json_object_get(root, "values"), *ops = json_object_get(root, "ops");
    if (!json_is_array(values) || !json_is_array(ops)) return missing(err, "values or ops");
    ohm_graph *g = ohm_graph_alloc(json_array_size(values), json_array_size(ops));
    if (!g) return ohm_err_no_memory(err, "a graph");
    ohm_status status = get_size(root, "classes", &g->classes, err);
    if (status == OHM_OK) status = get_int(root, "logits", &g->logits, err);
    for (size_t i = 0; i < g->value_count && status == OHM_OK; i++)
        status = get_value(json_array_get(values, i), &g->values[i], err);
    g->token_ops = g->op_count;
    for (size_t i = 0; i < g->op_count && status == OHM_OK; i++) {
        status = get_op(g, archive, i, json_array_get(ops, i), &g->ops[i], err);
        if (g->ops[i].kind == OHM_OP_POOL && g->token_ops == g->op_count) g->token_ops = i;
    }
    if (status == OHM_OK) status = ohm_graph_check(g, err);
    if (status != OHM_OK) {
        ohm_graph_free(g);
        return status;
    }
    *out = g;
    return OHM_OK;
}

ohm_status ohm_graph_get(const ohm_archive *archive, ohm_graph **out, ohm_err *err)
{
    *out = NULL;
    const char *text = ohm_archive_meta_get(archive, META_KEY);
    if (!text)
        return ohm_err_set(err, OHM_EFORMAT,
                           "the model holds no integer graph: quantise it first (ohmstate train "
                           "with a quantise section)");
    json_error_t e;
    json_t *root = json_loads(text, 0, &e);
    if (!root) return ohm_err_set(err, OHM_EFORMAT, "graph in the model file: %s", e.text);
    ohm_status status = read_graph(root, archive, out, err);
    json_decref(root);
    return status;
}

ohm_status ohm_graph_load(const char *path, ohm_graph **out, ohm_err *err)
{
    ohm_archive *archive = NULL;
    *out = NULL;
    OHM_TRY(ohm_archive_load(path, &archive, err));
    ohm_status status = ohm_graph_get(archive, out, err);
    ohm_archive_free(archive);
    if (status != OHM_OK && err && !err->path[0]) snprintf(err->path, sizeof err->path, "%s", path);
    return status;
}
