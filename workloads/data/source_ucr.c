/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time series of the UCR/UEA archive.
 *   .tsv: one series a line, label first, values behind it, tabs between; NaN at the end pads a
 *         shorter series.
 *   .ts:  lines with @ describe the set; behind @data one series a line, channels separated by
 *         ':', values by ',', the label last; '?' is a missing value. */
#include "workloads/data/source.h"

#include "core/files/file.h"
#include "workloads/data/label.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = OHM_CLASS_NAME_MAX, CLASSES_MAX = 1024 };

typedef struct series {
    size_t first, length; /* values first .. first + length * channels, channel after channel */
    int line;
    char label[LABEL_MAX];
} series;

typedef struct ucr_part {
    char path[OHM_PATH_MAX];
    series *items;
    size_t count, capacity;
    double *values;
    size_t used, room;
    /* what a .ts file declares, while it is parsed */
    const char *labels; /* the words behind "@classLabel true"; NULL: not said */
    size_t dimensions;  /* 0: not said */
} ucr_part;

typedef struct ucr_state {
    ucr_part parts[OHM_PARTS];
    size_t channels;
} ucr_state;

static bool push_value(ucr_part *p, double v)
{
    if (p->used == p->room) {
        size_t room = p->room ? 2 * p->room : 4096;
        double *larger = realloc(p->values, room * sizeof *larger);
        if (!larger) return false;
        p->values = larger;
        p->room = room;
    }
    p->values[p->used++] = v;
    return true;
}

static series *push_item(ucr_part *p, int line)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 256;
        series *larger = realloc(p->items, capacity * sizeof *larger);
        if (!larger) return NULL;
        p->items = larger;
        p->capacity = capacity;
    }
    series *s = &p->items[p->count++];
    *s = (series){.first = p->used, .line = line};
    return s;
}

static ohm_status bad_line(const ucr_part *p, int line, const char *at, const char *what,
                           ohm_err *err)
{
    return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1, "%s at \"%.20s\"", what, at);
}

static ohm_status take_label(const ucr_part *p, series *s, const char *text, size_t n, ohm_err *err)
{
    ohm_err inner = {0};
    if (ohm_label_read(text, n, s->label, &inner) == OHM_OK) return OHM_OK;
    return ohm_err_at(err, OHM_EFORMAT, p->path, s->line, 1, "%s", inner.message);
}

/* Values up to the end of text, separated by `separator`. Blank fields and '?' become NaN. */
static ohm_status take_values(ucr_part *p, int line, char *text, char separator, size_t *count,
                              ohm_err *err)
{
    *count = 0;
    for (char *at = text;;) {
        char *end;
        double v = strtod(at, &end);
        if (end == at) {
            while (*end == ' ' || *end == '?')
                end++;
            v = NAN;
        }
        while (*end == ' ' || *end == '\r')
            end++;
        if (*end != separator && *end != '\0') return bad_line(p, line, at, "not a number", err);
        if (!push_value(p, v)) return ohm_source_no_memory(err);
        ++*count;
        if (*end == '\0') return OHM_OK;
        at = end + 1;
    }
}

/* Trailing NaNs of a .tsv line are padding. */
static void drop_padding(ucr_part *p, size_t *length)
{
    while (*length > 0 && isnan(p->values[p->used - 1])) {
        p->used--;
        --*length;
    }
}

static ohm_status parse_tsv_line(ucr_state *state, ucr_part *p, char *text, int line, ohm_err *err)
{
    series *s = push_item(p, line);
    if (!s) return ohm_source_no_memory(err);
    char separator = strchr(text, '\t') ? '\t' : ',';
    char *rest = strchr(text, separator);
    if (!rest) return bad_line(p, line, text, "no tab between label and values", err);
    OHM_TRY(take_label(p, s, text, (size_t)(rest - text), err));
    OHM_TRY(take_values(p, line, rest + 1, separator, &s->length, err));
    drop_padding(p, &s->length);
    state->channels = 1;
    return OHM_OK;
}

#define BLANKS " \t\r"

static bool is_declared(const char *labels, const char *label)
{
    size_t n = strlen(label);
    for (const char *at = labels;;) {
        at += strspn(at, BLANKS ",");
        size_t word = strcspn(at, BLANKS ",");
        if (word == 0) return false;
        if (word == n && strncmp(at, label, n) == 0) return true;
        at += word;
    }
}

static ohm_status parse_ts_line(ucr_state *state, ucr_part *p, char *text, int line, ohm_err *err)
{
    series *s = push_item(p, line);
    char *label = strrchr(text, ':');
    if (!s) return ohm_source_no_memory(err);
    if (!label) return bad_line(p, line, text, "no ':' in front of the class label", err);
    OHM_TRY(take_label(p, s, label + 1, strlen(label + 1), err));
    if (p->labels && !is_declared(p->labels, s->label))
        return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1,
                          "the label \"%.40s\" is not among those that @classLabel lists",
                          s->label);
    *label = '\0';
    size_t channels = 0;
    for (char *at = text; at; channels++) {
        char *next = strchr(at, ':');
        size_t length;
        if (next) *next++ = '\0';
        OHM_TRY(take_values(p, line, at, ',', &length, err));
        if (channels > 0 && length != s->length)
            return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1,
                              "channel %zu has %zu values, channel 1 has %zu", channels + 1, length,
                              s->length);
        s->length = length;
        at = next;
    }
    if (p->dimensions != 0 && channels != p->dimensions)
        return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1,
                          "%zu channels where @dimensions says %zu", channels, p->dimensions);
    if (state->channels != 0 && channels != state->channels)
        return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1,
                          "%zu channels where the series before have %zu", channels,
                          state->channels);
    state->channels = channels;
    return OHM_OK;
}

/* "@Word  value": the value when the line declares `word`, whatever the blanks and the case. */
static const char *declared(const char *text, const char *word)
{
    const size_t n = strlen(word);
    if (strncasecmp(text, word, n) != 0 || !strchr(BLANKS, text[n]) || !text[n]) return NULL;
    return text + n + strspn(text + n, BLANKS);
}

static bool says(const char *value, const char *word)
{
    const size_t n = strlen(word);
    return value && strncasecmp(value, word, n) == 0 && (!value[n] || strchr(BLANKS, value[n]));
}

static ohm_status take_declaration(ucr_part *p, const char *text, int line, ohm_err *err)
{
    const char *labels = declared(text, "@classlabel"), *target = declared(text, "@targetlabel");
    const char *dimensions = declared(text, "@dimensions");
    if (!dimensions) dimensions = declared(text, "@dimension");
    if (says(labels, "true")) p->labels = labels + strlen("true");
    if (p->labels && says(labels, "true") && !p->labels[strspn(p->labels, BLANKS)])
        p->labels = NULL;
    if (dimensions) p->dimensions = (size_t)strtoul(dimensions, NULL, 10);
    if (says(declared(text, "@timestamps"), "true"))
        return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1,
                          "series with time stamps are not supported");
    if (says(target, "true"))
        return ohm_err_at(
            err, OHM_EFORMAT, p->path, line, 1,
            "@targetlabel: this set is for regression, and only classes can be learned");
    if (says(labels, "false"))
        return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1,
                          "the set has no class labels, so nothing can be learned from it");
    return OHM_OK;
}

static ohm_status parse_file(ucr_state *state, ucr_part *p, char *text, ohm_err *err)
{
    size_t n = strlen(p->path);
    bool is_ts = n > 3 && strcmp(p->path + n - 3, ".ts") == 0, in_data = !is_ts;
    int line = 0;
    for (char *at = ohm_text_skip_mark(text), *next; at; at = next) {
        next = strchr(at, '\n');
        if (next) *next++ = '\0';
        line++;
        at += strspn(at, " \r");
        if (*at == '\0' || *at == '#') continue;
        if (*at == '@') {
            OHM_TRY(take_declaration(p, at, line, err));
            in_data =
                in_data || (strncasecmp(at, "@data", 5) == 0 && !at[5 + strspn(at + 5, BLANKS)]);
            continue;
        }
        if (!in_data) return bad_line(p, line, at, "values in front of @data", err);
        OHM_TRY(is_ts ? parse_ts_line(state, p, at, line, err)
                      : parse_tsv_line(state, p, at, line, err));
        const series *s = &p->items[p->count - 1];
        if (s->length == 0)
            return ohm_err_at(err, OHM_EFORMAT, p->path, line, 1, "series %zu has no values",
                              p->count - 1);
    }
    if (p->count == 0) return ohm_err_at(err, OHM_EFORMAT, p->path, 0, 0, "holds no series");
    return OHM_OK;
}

static ohm_status load_part(const char *path, size_t part, ucr_state *state, ohm_err *err)
{
    ucr_part *p = &state->parts[part];
    snprintf(p->path, sizeof p->path, "%s", path);
    void *bytes;
    size_t n;
    OHM_TRY(ohm_file_read(path, &bytes, &n, err));
    ohm_status status = strlen(bytes) != n ? ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                                                        "holds zero bytes: not a text file")
                                           : parse_file(state, p, bytes, err);
    free(bytes);
    return status;
}

/* Numbers by value, then other words alphabetically. */
static int by_label(const void *x, const void *y)
{
    const char *a = x, *b = y;
    char *end_a, *end_b;
    double va = strtod(a, &end_a), vb = strtod(b, &end_b);
    bool is_a = end_a != a && *end_a == '\0', is_b = end_b != b && *end_b == '\0';
    if (is_a != is_b) return is_a ? -1 : 1;
    if (is_a && va != vb) return va < vb ? -1 : 1;
    return strcmp(a, b);
}

static ohm_status name_classes(const ucr_state *state, ohm_source *s, ohm_err *err)
{
    s->class_names = calloc(CLASSES_MAX, sizeof *s->class_names);
    if (!s->class_names) return ohm_source_no_memory(err);
    for (size_t part = 0; part < OHM_PARTS; part++) {
        const ucr_part *p = &state->parts[part];
        for (size_t i = 0; i < p->count; i++) {
            size_t k = 0;
            while (k < s->classes && strcmp(s->class_names[k], p->items[i].label) != 0)
                k++;
            if (k == CLASSES_MAX)
                return ohm_err_at(err, OHM_EFORMAT, p->path, p->items[i].line, 1,
                                  "more than %d different class labels", CLASSES_MAX);
            if (k == s->classes) memcpy(s->class_names[s->classes++], p->items[i].label, LABEL_MAX);
        }
    }
    qsort(s->class_names, s->classes, sizeof *s->class_names, by_label);
    return OHM_OK;
}

static ohm_status ucr_read(const ohm_source *s, size_t part, size_t i, float *x, ohm_err *err)
{
    (void)err;
    const ucr_part *p = &((const ucr_state *)s->state)->parts[part];
    const series *item = &p->items[i];
    for (size_t c = 0; c < s->channels; c++) {
        const double *channel = p->values + item->first + c * item->length;
        const double centre = s->centre ? s->centre[c] : 0;
        for (size_t t = 0; t < item->length; t++)
            x[t * s->channels + c] = (float)(channel[t] - centre);
    }
    return OHM_OK;
}

static void ucr_place(const ohm_source *s, size_t part, size_t i, char *out, size_t size)
{
    const ucr_part *p = &((const ucr_state *)s->state)->parts[part];
    snprintf(out, size, "%s:%d: series %zu", p->path, p->items[i].line, i);
}

static void ucr_close(void *vstate)
{
    ucr_state *state = vstate;
    for (size_t part = 0; part < OHM_PARTS; part++) {
        free(state->parts[part].items);
        free(state->parts[part].values);
    }
    free(state);
}

ohm_status ohm_source_open_ucr(const char *train, const char *test, ohm_source *s, ohm_err *err)
{
    ucr_state *state = calloc(1, sizeof *state);
    if (!state) return ohm_source_no_memory(err);
    s->state = state;
    s->read = ucr_read;
    s->place = ucr_place;
    s->close = ucr_close;
    s->can_centre = true;
    s->has_split = test != NULL;
    OHM_TRY(load_part(train, 0, state, err));
    if (test) OHM_TRY(load_part(test, 1, state, err));
    OHM_TRY(name_classes(state, s, err));
    s->channels = state->channels;
    for (size_t part = 0; part < (test ? 2u : 1u); part++) {
        const ucr_part *p = &state->parts[part];
        OHM_TRY(ohm_source_alloc_labels(s, part, p->count, err));
        s->length[part] = malloc(p->count * sizeof *s->length[part]);
        if (!s->length[part]) return ohm_source_no_memory(err);
        for (size_t i = 0; i < p->count; i++) {
            size_t k = 0;
            while (strcmp(s->class_names[k], p->items[i].label) != 0)
                k++;
            s->label[part][i] = (int32_t)k;
            s->length[part][i] = p->items[i].length;
            if (p->items[i].length > s->max_length) s->max_length = p->items[i].length;
        }
    }
    return OHM_OK;
}
