/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/simulation/provenance_text.h"

#include "sim/cli/wrap.h"

#include <ctype.h>
#include <string.h>

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? text : "";
}

/* Whether two parts left the same range with the same value. */
static bool is_same(const json_t *a, const json_t *b)
{
    return strcmp(text_of(a, "what"), text_of(b, "what")) == 0;
}

static bool is_said_before(const json_t *warnings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_same(json_array_get(warnings, i), json_array_get(warnings, index))) return true;
    return false;
}

void ohm_provenance_warn(const json_t *provenance, FILE *log)
{
    size_t i;
    json_t *entry;
    const json_t *warnings = json_object_get(provenance, "warnings");
    if (!log) return;
    json_array_foreach(warnings, i, entry)
    {
        if (is_said_before(warnings, i)) continue;
        fprintf(log, "warning: %s:", text_of(entry, "what"));
        for (size_t k = i; k < json_array_size(warnings); k++) {
            const json_t *other = json_array_get(warnings, k);
            if (is_same(entry, other))
                fprintf(log, "%s %s (%s)", k == i ? "" : ",", text_of(other, "component"),
                        text_of(other, "model"));
        }
        fputc('\n', log);
    }
}

/* --- the short form --- */

/* "assumed                  adc, table, ...": each part once. */
static void print_parts(const json_t *list, const char *what, const char *meaning, FILE *stream)
{
    char line[1024] = "";
    const char *last = "";
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const char *part = text_of(entry, "component");
        const size_t used = strlen(line);
        if (strcmp(part, last) == 0) continue;
        snprintf(line + used, sizeof line - used, "%s%s", used ? ", " : "", part);
        last = part;
    }
    const size_t used = strlen(line);
    if (!used) return;
    snprintf(line + used, sizeof line - used, "%s", meaning);
    fprintf(stream, "%-25s", what);
    ohm_wrap_write(stream, line, 25, 25);
}

static bool is_year(const char *text)
{
    return (strncmp(text, "19", 2) == 0 || strncmp(text, "20", 2) == 0) &&
           strspn(text, "0123456789") == 4;
}

/* The work a source names: up to its year, or to what is said in brackets or behind a semicolon. */
static size_t work_length(const char *source)
{
    size_t n = 0;
    for (; source[n] && source[n] != ';'; n++) {
        if (is_year(source + n) && (n == 0 || !isdigit((unsigned char)source[n - 1])))
            return n + 4 + (source[n + 4] == ')');
        if (strncmp(source + n, " (", 2) == 0 && !is_year(source + n + 2)) break;
    }
    return n;
}

static bool is_same_work(const char *a, const char *b)
{
    const size_t n = work_length(a);
    return n == work_length(b) && strncmp(a, b, n) == 0;
}

static bool is_first_of_work(const json_t *sources, size_t index)
{
    const char *source = json_string_value(json_array_get(sources, index));
    for (size_t i = 0; i < index; i++)
        if (is_same_work(json_string_value(json_array_get(sources, i)), source)) return false;
    return true;
}

/* Parts that rest on a work; a part's citations stand together. */
static size_t count_parts(const json_t *cited, const char *work)
{
    const char *last = "";
    size_t i, count = 0;
    json_t *entry;
    json_array_foreach(cited, i, entry)
    {
        const char *part = text_of(entry, "component");
        if (!is_same_work(text_of(entry, "source"), work) || strcmp(part, last) == 0) continue;
        count++;
        last = part;
    }
    return count;
}

/* One line for each work, the most used first. */
static void print_works(const json_t *provenance, FILE *stream)
{
    const json_t *sources = json_object_get(provenance, "sources");
    const json_t *cited = json_object_get(provenance, "cited");
    const bool counted = json_array_size(cited) > 0; /* not in results of earlier versions */
    fprintf(stream, "%s\n", counted ? "sources, and how many parts rest on each" : "sources");
    for (size_t uses = json_array_size(cited) + 1; uses-- > 0;)
        for (size_t i = 0; i < json_array_size(sources); i++) {
            const char *source = json_string_value(json_array_get(sources, i));
            if (!is_first_of_work(sources, i) || count_parts(cited, source) != uses) continue;
            if (counted) fprintf(stream, "%4zu", uses);
            fprintf(stream, "  %.*s\n", (int)work_length(source), source);
        }
    fputs("every note and source in full: --verbose, or `provenance` of --json, stats.json\n",
          stream);
}

/* --- everything --- */

static void print_notes(const json_t *list, const char *what, bool with_part, FILE *stream)
{
    size_t i;
    json_t *entry;
    if (json_array_size(list)) fprintf(stream, "%s\n", what);
    json_array_foreach(list, i, entry)
    {
        size_t column = 2;
        fputs("  ", stream);
        if (with_part) column += (size_t)fprintf(stream, "%s: ", text_of(entry, "component"));
        ohm_wrap_write(stream, text_of(entry, "text"), column, 4);
    }
}

static void print_sources(const json_t *provenance, FILE *stream)
{
    size_t i, k;
    json_t *source, *entry;
    fputs("sources\n", stream);
    json_array_foreach(json_object_get(provenance, "sources"), i, source)
    {
        char text[2048];
        const char *between = " [";
        snprintf(text, sizeof text, "%s", json_string_value(source));
        json_array_foreach(json_object_get(provenance, "cited"), k, entry)
        {
            const size_t used = strlen(text);
            if (strcmp(text_of(entry, "source"), json_string_value(source)) != 0) continue;
            snprintf(text + used, sizeof text - used, "%s%s", between, text_of(entry, "component"));
            between = ", ";
        }
        const size_t used = strlen(text);
        if (*between == ',') snprintf(text + used, sizeof text - used, "]");
        fputs("  ", stream);
        ohm_wrap_write(stream, text, 2, 4);
    }
}

void ohm_provenance_print(const json_t *provenance, bool in_full, FILE *stream)
{
    const json_t *scaled = json_object_get(provenance, "scaled");
    const json_t *assumptions = json_object_get(provenance, "assumptions");
    if (!provenance) return;
    if (in_full) {
        print_notes(scaled, "of another node", false, stream);
        print_notes(assumptions, "assumed", true, stream);
        print_sources(provenance, stream);
    } else {
        print_parts(scaled, "of another node", ": constants were scaled, or could not be", stream);
        print_parts(assumptions, "assumed", "", stream);
        print_works(provenance, stream);
    }
}
