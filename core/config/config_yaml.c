/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML text to a tree, event by event, so that every key and value keeps its place and every fault
 * becomes one line of plain words. */
#include "core/config/config_internal.h"
#include "core/files/utf8.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 40 };

typedef struct yaml_anchor {
    struct yaml_anchor *next;
    const char *name;
    const ohm_node *node;
} yaml_anchor;

typedef struct yaml_reader {
    ohm_arena *arena;
    const ohm_config_source *source;
    const char *text;
    size_t size;
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct fy_event *event; /* the one being looked at */
    ohm_place last;         /* of the last event that had one */
    yaml_anchor *anchors;
    ohm_err *err;
} yaml_reader;

ohm_status ohm_place_error(ohm_err *err, ohm_place place, const char *format, ...)
{
    char message[OHM_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return ohm_err_at(err, OHM_ECONFIG, place.source ? place.source->shown : NULL, place.line,
                      place.column, "%s", message);
}

static ohm_status out_of_memory(yaml_reader *r)
{
    return ohm_err_no_memory(r->err, "reading %s", r->source->shown);
}

static ohm_place place_at(const yaml_reader *r, const struct fy_mark *mark)
{
    return (ohm_place){r->source, mark ? mark->line + 1 : 0, mark ? mark->column + 1 : 0};
}

/* Place of the current event; libfyaml's marks stand behind an opening quote or a '*'. */
static ohm_place event_place(const yaml_reader *r, ohm_place fallback)
{
    const struct fy_mark *mark = fy_event_start_mark(r->event);
    if (!mark) return fallback;
    ohm_place place = place_at(r, mark);
    enum fy_event_type type = r->event->type;
    enum fy_scalar_style style =
        type == FYET_SCALAR ? fy_token_scalar_style(r->event->scalar.value) : FYSS_PLAIN;
    if (type == FYET_ALIAS || style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        place.column--;
    return place;
}

static void quiet(struct fy_diag *diag, void *user, const char *text, size_t length)
{
    (void)diag, (void)user, (void)text, (void)length;
}

/* The line that `line` (1-based) names, without its end. */
static const char *line_text(const yaml_reader *r, int line, size_t *length)
{
    const char *at = r->text, *end = r->text + r->size;
    for (int i = 1; i < line && at < end; i++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        at = next ? next + 1 : end;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    *length = (size_t)((stop ? stop : end) - at);
    return at;
}

/* The first complaint of libfyaml, or a better one where we know the usual reason. */
static ohm_status syntax_error(yaml_reader *r)
{
    void *next = NULL;
    struct fy_diag_error *first = fy_diag_errors_iterate(r->diag, &next);
    if (!first) return ohm_place_error(r->err, r->last, "not valid YAML from here on");
    ohm_place place = {r->source, first->line > 0 ? first->line : 1,
                       first->column > 0 ? first->column : 1};
    for (int line = place.line + 1; line >= 1 && line >= place.line - 1; line--) {
        size_t length = 0;
        const char *text = line_text(r, line, &length);
        size_t blank = 0;
        while (blank < length && text[blank] == ' ')
            blank++;
        size_t content = blank;
        while (content < length && strchr(" \t\r", text[content]))
            content++;
        if (content < length && text[blank] == '\t') {
            place.line = line;
            place.column = (int)blank + 1;
            return ohm_place_error(r->err, place,
                                   "a tab indents this line; YAML is indented with spaces");
        }
    }
    char message[256];
    snprintf(message, sizeof message, "%s", first->msg ? first->msg : "");
    message[strcspn(message, "\n")] = '\0';
    int last_line = 1;
    for (size_t i = 0; i + 1 < r->size; i++)
        last_line += r->text[i] == '\n';
    return ohm_place_error(r->err, place, "not valid YAML: %s%s", message,
                           place.line > last_line ? " (the text ends here)" : "");
}

/* Moves to the next event; r->event is NULL at the end of the stream. */
static ohm_status advance(yaml_reader *r)
{
    if (r->event) fy_parser_event_free(r->parser, r->event);
    r->event = fy_parser_parse(r->parser);
    if (r->event && fy_event_start_mark(r->event))
        r->last = place_at(r, fy_event_start_mark(r->event));
    if (!r->event && fy_parser_get_stream_error(r->parser)) return syntax_error(r);
    return OHM_OK;
}

static ohm_status token_text(yaml_reader *r, struct fy_token *token, const char **out)
{
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : "";
    *out = ohm_arena_text(r->arena, text ? text : "", text ? length : 0);
    return *out ? OHM_OK : out_of_memory(r);
}

static ohm_status remember_anchor(yaml_reader *r, const char *name, const ohm_node *node)
{
    yaml_anchor *anchor = ohm_arena_alloc(r->arena, sizeof *anchor);
    if (!anchor) return out_of_memory(r);
    *anchor = (yaml_anchor){r->anchors, name, node};
    r->anchors = anchor;
    return OHM_OK;
}

static ohm_status read_alias(yaml_reader *r, ohm_place place, const ohm_node **out)
{
    const char *name = NULL;
    OHM_TRY(token_text(r, r->event->alias.anchor, &name));
    for (const yaml_anchor *a = r->anchors; a; a = a->next)
        if (strcmp(a->name, name) == 0) {
            *out = a->node;
            return advance(r);
        }
    return ohm_place_error(r->err, place, "*%s: no anchor &%s stands before it", name, name);
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0) return true;
    return false;
}

static ohm_status read_scalar(yaml_reader *r, ohm_place place, const ohm_node **out)
{
    struct fy_token *token = r->event->scalar.value;
    const char *text = NULL;
    OHM_TRY(token_text(r, token, &text));
    bool plain = !token || fy_token_scalar_style(token) == FYSS_PLAIN;
    ohm_node *node =
        ohm_node_new(r->arena, plain && is_null(text) ? OHM_NODE_NULL : OHM_NODE_SCALAR, place);
    if (!node) return out_of_memory(r);
    node->text = text;
    *out = node;
    return advance(r);
}

static ohm_status read_value(yaml_reader *r, ohm_place fallback, int depth, const ohm_node **out);

static ohm_status read_sequence(yaml_reader *r, ohm_place place, int depth, const ohm_node **out)
{
    ohm_node *node = ohm_node_new(r->arena, OHM_NODE_SEQUENCE, place);
    if (!node) return out_of_memory(r);
    OHM_TRY(advance(r));
    while (r->event && r->event->type != FYET_SEQUENCE_END) {
        const ohm_node *item = NULL;
        OHM_TRY(read_value(r, place, depth + 1, &item));
        if (!ohm_node_append(r->arena, node, NULL, item->place, item)) return out_of_memory(r);
    }
    *out = node;
    return advance(r);
}

static ohm_status read_mapping(yaml_reader *r, ohm_place place, int depth, const ohm_node **out)
{
    ohm_node *node = ohm_node_new(r->arena, OHM_NODE_MAPPING, place);
    if (!node) return out_of_memory(r);
    OHM_TRY(advance(r));
    while (r->event && r->event->type != FYET_MAPPING_END) {
        ohm_place key_place = event_place(r, place);
        const ohm_node *key = NULL, *value = NULL;
        OHM_TRY(read_value(r, key_place, depth + 1, &key));
        if (key->kind != OHM_NODE_SCALAR)
            return ohm_place_error(r->err, key_place, "a key must be one word, such as 'bits:'");
        const ohm_entry *twin = ohm_node_find(node, key->text, strlen(key->text));
        if (twin)
            return ohm_place_error(r->err, key_place, "%.80s: given twice, first on line %d",
                                   key->text, twin->place.line);
        OHM_TRY(read_value(r, key_place, depth + 1, &value));
        if (!ohm_node_append(r->arena, node, key->text, key_place, value)) return out_of_memory(r);
    }
    *out = node;
    return advance(r);
}

/* Reads the value that begins at the current event; fallback is its place if it has none. */
static ohm_status read_value(yaml_reader *r, ohm_place fallback, int depth, const ohm_node **out)
{
    if (!r->event) return syntax_error(r);
    ohm_place place = event_place(r, fallback);
    if (depth > DEPTH_MAX)
        return ohm_place_error(r->err, place, "nested more than %d levels deep", DEPTH_MAX);
    if (r->event->type == FYET_ALIAS) return read_alias(r, place, out);

    struct fy_token *tag = fy_event_get_tag_token(r->event);
    if (tag)
        return ohm_place_error(r->err, place_at(r, fy_token_start_mark(tag)),
                               "a tag (!...) stands here; values need none");
    const char *anchor = NULL;
    if (fy_event_get_anchor_token(r->event))
        OHM_TRY(token_text(r, fy_event_get_anchor_token(r->event), &anchor));
    switch (r->event->type) {
    case FYET_SCALAR:
        OHM_TRY(read_scalar(r, place, out));
        break;
    case FYET_SEQUENCE_START:
        OHM_TRY(read_sequence(r, place, depth, out));
        break;
    case FYET_MAPPING_START:
        OHM_TRY(read_mapping(r, place, depth, out));
        break;
    default:
        return ohm_place_error(r->err, place, "not valid YAML: a value is missing");
    }
    return anchor ? remember_anchor(r, anchor, *out) : OHM_OK;
}

/* Refuses what is not text before the YAML parser sees it. */
static ohm_status check_bytes(yaml_reader *r)
{
    if (r->size > OHM_CONFIG_SIZE_MAX)
        return ohm_place_error(r->err, (ohm_place){r->source, 0, 0},
                               "%zu bytes are too many for a configuration; at most %d", r->size,
                               OHM_CONFIG_SIZE_MAX);
    ohm_place place = {r->source, 1, 1};
    for (size_t i = 0; i < r->size;) {
        unsigned char c = (unsigned char)r->text[i];
        size_t length = ohm_utf8_length(r->text + i, r->size - i);
        bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
        if (!length || control)
            return ohm_place_error(r->err, place,
                                   "byte 0x%02x is not text; a configuration is YAML in UTF-8", c);
        /* libfyaml 0.7 may loop for ever in a broken directive */
        if (c == '%' && place.column == 1)
            return ohm_place_error(r->err, place,
                                   "a directive (%%...) stands here; configurations need none");
        place.line += c == '\n';
        place.column = c == '\n' ? 1 : place.column + 1;
        i += length;
    }
    return OHM_OK;
}

/* A document that begins without "---" has its first place at its first value. */
static ohm_status second_document(yaml_reader *r)
{
    if (!fy_event_start_mark(r->event)) OHM_TRY(advance(r));
    ohm_place place = {r->source, 1, 1};
    if (r->event) place = event_place(r, place);
    return ohm_place_error(r->err, place, "a second document begins here; one file holds one");
}

static ohm_status read_document(yaml_reader *r, const ohm_node **out)
{
    ohm_place top = {r->source, 1, 1};
    const ohm_node *root = NULL;
    OHM_TRY(advance(r));
    for (; r->event;) {
        switch (r->event->type) {
        case FYET_STREAM_START:
        case FYET_STREAM_END:
        case FYET_DOCUMENT_END:
            OHM_TRY(advance(r));
            break;
        case FYET_DOCUMENT_START:
            if (root) return second_document(r);
            OHM_TRY(advance(r));
            OHM_TRY(read_value(r, top, 0, &root));
            break;
        default:
            return syntax_error(r);
        }
    }
    if (!root || root->kind == OHM_NODE_NULL)
        return ohm_place_error(r->err, top, "the document is empty; expected 'key: value' lines");
    if (root->kind != OHM_NODE_MAPPING)
        return ohm_place_error(r->err, root->place, "%s stands here; expected 'key: value' lines",
                               root->kind == OHM_NODE_SEQUENCE ? "a list" : "a single text");
    *out = root;
    return OHM_OK;
}

ohm_status ohm_yaml_parse(ohm_arena *arena, const char *text, size_t size,
                          const ohm_config_source *source, const ohm_node **out, ohm_err *err)
{
    yaml_reader r = {.arena = arena,
                     .source = source,
                     .text = text,
                     .size = size,
                     .last = {source, 1, 1},
                     .err = err};
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        r.text += 3; /* byte order mark */
        r.size -= 3;
    }
    OHM_TRY(check_bytes(&r));
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = quiet;
    r.diag = fy_diag_create(&diag_cfg);
    if (!r.diag) return out_of_memory(&r);
    fy_diag_set_collect_errors(r.diag, true);
    struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2, .diag = r.diag};
    r.parser = fy_parser_create(&cfg);
    ohm_status status = OHM_OK;
    if (!r.parser || fy_parser_set_string(r.parser, r.text, r.size) != 0)
        status = out_of_memory(&r);
    else
        status = read_document(&r, out);
    if (r.event) fy_parser_event_free(r.parser, r.event);
    if (r.parser) fy_parser_destroy(r.parser);
    fy_diag_destroy(r.diag);
    return status;
}
