/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/simulation/provenance_text.h"

#include "sim/cli/wrap.h"

#include <stdbool.h>
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

/* "scaled                   dac, adc, ...": each part once. */
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
    snprintf(line + used, sizeof line - used, ": %s", meaning);
    fprintf(stream, "%-25s", what);
    ohm_wrap_write(stream, line, 25, 25);
}

void ohm_provenance_print(const json_t *provenance, FILE *stream)
{
    size_t i;
    json_t *source;
    if (!provenance) return;
    print_parts(json_object_get(provenance, "scaled"), "of another node",
                "constants were scaled, or could not be (`provenance` in stats.json, area.csv)",
                stream);
    print_parts(json_object_get(provenance, "assumptions"), "assumed",
                "see `provenance` in stats.json, area.csv or the report", stream);
    fputs("sources\n", stream);
    json_array_foreach(json_object_get(provenance, "sources"), i, source)
    {
        fputs("  ", stream);
        ohm_wrap_write(stream, json_string_value(source), 2, 4);
    }
}
