/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char ohm_report_template[]; /* template.html */

void ohm_html_text(FILE *out, const char *text)
{
    for (; text && *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '&')
            fputs("&amp;", out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else if (c >= 0x20 || c == '\n' || c == '\t')
            fputc(c, out);
    }
}

/* <tag attributes>text</tag>; attributes are ours. */
static void element(FILE *out, const char *tag, const char *attributes, const char *text)
{
    fprintf(out, "<%s%s%s>", tag, *attributes ? " " : "", attributes);
    ohm_html_text(out, text);
    fprintf(out, "</%s>", tag);
}

static void write_section(const json_t *block, FILE *out)
{
    fputs("<h2 id=\"", out);
    ohm_html_text(out, ohm_json_text(block, "id"));
    fputs("\">", out);
    ohm_html_text(out, ohm_json_text(block, "heading"));
    fputs("</h2>\n", out);
    if (*ohm_json_text(block, "explanation"))
        element(out, "p", "class=\"muted\"", ohm_json_text(block, "explanation"));
}

static void write_cards(const json_t *block, FILE *out)
{
    size_t i;
    json_t *card;
    fputs("<div class=\"cards\">\n", out);
    json_array_foreach(json_object_get(block, "cards"), i, card)
    {
        fputs("<div class=\"card\">", out);
        element(out, "b", "", ohm_json_text(card, "value"));
        element(out, "span", "", ohm_json_text(card, "name"));
        if (*ohm_json_text(card, "detail")) element(out, "i", "", ohm_json_text(card, "detail"));
        fputs("</div>\n", out);
    }
    fputs("</div>\n", out);
}

/* --- tables --- */

/* The shade of a cell: nothing at 0, nearly the whole colour at 1. */
static void write_shade(const json_t *cell, FILE *out)
{
    const double share = ohm_json_number(cell, "share");
    if (isnan(share)) return;
    fprintf(out, " style=\"background:color-mix(in srgb,var(--c%d) %.0f%%,var(--card))\"",
            (int)ohm_json_number(cell, "colour"), share > 0 ? 10 + 80 * fmin(share, 1) : 0);
}

static void write_cell(const json_t *cell, bool is_numeric, FILE *out)
{
    const bool heading = json_is_true(json_object_get(cell, "heading"));
    const char *inner = json_is_true(json_object_get(cell, "code"))     ? "code"
                        : json_is_true(json_object_get(cell, "strong")) ? "b"
                                                                        : NULL;
    fprintf(out, "<%s%s", heading ? "th" : "td", is_numeric && !heading ? " class=\"n\"" : "");
    write_shade(cell, out);
    fputc('>', out);
    if (inner && *ohm_json_text(cell, "text"))
        element(out, inner, "", ohm_json_text(cell, "text"));
    else
        ohm_html_text(out, ohm_json_text(cell, "text"));
    if (*ohm_json_text(cell, "detail")) {
        fputs(is_numeric ? " " : "<br>", out);
        element(out, "span", "class=\"muted\"", ohm_json_text(cell, "detail"));
    }
    fputs(heading ? "</th>" : "</td>", out);
}

static void write_table(const json_t *block, FILE *out)
{
    const json_t *columns = json_object_get(block, "columns");
    const bool heat = strcmp(ohm_json_text(block, "style"), "heat") == 0;
    size_t i, k;
    json_t *column, *row, *cell;
    fprintf(out, "<div class=\"scroll\"><table%s><tr>", heat ? " class=\"heat\"" : "");
    json_array_foreach(columns, i, column)
    {
        fprintf(out, "<th%s",
                json_is_true(json_object_get(column, "numeric")) ? " class=\"n\"" : "");
        if (*ohm_json_text(column, "title")) {
            fputs(" title=\"", out);
            ohm_html_text(out, ohm_json_text(column, "title"));
            fputc('"', out);
        }
        fputc('>', out);
        ohm_html_text(out, ohm_json_text(column, "text"));
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    json_array_foreach(json_object_get(block, "rows"), i, row)
    {
        fputs("<tr>", out);
        json_array_foreach(row, k, cell) write_cell(
            cell, json_is_true(json_object_get(json_array_get(columns, k), "numeric")), out);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

/* --- figures --- */

static void write_figure(const json_t *block, FILE *out)
{
    const json_t *legend = json_object_get(block, "legend");
    const char *svg = json_string_value(json_object_get(block, "svg"));
    size_t i;
    json_t *entry;
    fputs("<figure>", out);
    if (json_array_size(legend) > 1) {
        fputs("<div class=\"legend\">", out);
        json_array_foreach(legend, i, entry)
        {
            char attributes[48];
            snprintf(attributes, sizeof attributes, "style=\"--k:var(--c%d)\"",
                     (int)ohm_json_number(entry, "colour"));
            element(out, "span", attributes, ohm_json_text(entry, "text"));
        }
        fputs("</div>\n", out);
    }
    if (svg)
        fputs(svg, out); /* ours, its texts escaped where it was drawn */
    else
        fputs("<p class=\"missing\">Plot omitted: gnuplot is not installed (Debian: gnuplot-nox). "
              "Its numbers are in the CSV files.</p>",
              out);
    element(out, "figcaption", "", ohm_json_text(block, "caption"));
    fputs("</figure>\n", out);
}

/* --- blocks --- */

static void write_blocks(const json_t *blocks, FILE *out);

static void write_list(const json_t *block, FILE *out)
{
    size_t i;
    json_t *item;
    element(out, "h4", "", ohm_json_text(block, "heading"));
    fputs("<ul>\n", out);
    json_array_foreach(json_object_get(block, "items"), i, item)
    {
        element(out, "li", "", json_string_value(item));
        fputc('\n', out);
    }
    fputs("</ul>\n", out);
}

static void write_block(const json_t *block, FILE *out)
{
    const char *kind = ohm_json_text(block, "kind");
    if (strcmp(kind, "section") == 0) {
        write_section(block, out);
    } else if (strcmp(kind, "heading") == 0) {
        element(out, "h3", "", ohm_json_text(block, "text"));
    } else if (strcmp(kind, "paragraph") == 0) {
        const bool muted = json_is_true(json_object_get(block, "muted"));
        element(out, "p", muted ? "class=\"muted\"" : "", ohm_json_text(block, "text"));
    } else if (strcmp(kind, "cards") == 0) {
        write_cards(block, out);
    } else if (strcmp(kind, "table") == 0) {
        write_table(block, out);
    } else if (strcmp(kind, "figure") == 0) {
        write_figure(block, out);
    } else if (strcmp(kind, "list") == 0) {
        write_list(block, out);
    } else if (strcmp(kind, "verbatim") == 0) {
        element(out, "pre", "", ohm_json_text(block, "text"));
    } else if (strcmp(kind, "details") == 0) {
        fputs("<details>", out);
        element(out, "summary", "", ohm_json_text(block, "summary"));
        write_blocks(json_object_get(block, "blocks"), out);
        fputs("</details>", out);
    } else if (strcmp(kind, "columns") == 0 || strcmp(kind, "group") == 0) {
        fprintf(out, "<div%s>\n", *kind == 'c' ? " class=\"columns\"" : "");
        write_blocks(json_object_get(block, "blocks"), out);
        fputs("</div>", out);
    }
    fputc('\n', out);
}

static void write_blocks(const json_t *blocks, FILE *out)
{
    size_t i;
    json_t *block;
    json_array_foreach(blocks, i, block) write_block(block, out);
}

/* --- the page --- */

static void write_contents(const json_t *blocks, FILE *out)
{
    size_t i;
    json_t *block;
    fputs("<nav>", out);
    json_array_foreach(blocks, i, block)
    {
        if (strcmp(ohm_json_text(block, "kind"), "section") != 0) continue;
        fputs("<a href=\"#", out);
        ohm_html_text(out, ohm_json_text(block, "id"));
        fputs("\">", out);
        ohm_html_text(out, ohm_json_text(block, "heading"));
        fputs("</a>\n", out);
    }
    fputs("</nav>\n", out);
}

/* JSON inside <script>: no text of it may end the element. */
static ohm_status write_data(const json_t *data, FILE *out, ohm_err *err)
{
    char *text = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!text) return ohm_err_no_memory(err, "a page");
    for (const char *c = text; *c; c++)
        if (*c == '<')
            fputs("\\u003c", out);
        else
            fputc(*c, out);
    free(text);
    return OHM_OK;
}

ohm_status ohm_html_write(const ohm_document *doc, FILE *out, ohm_err *err)
{
    OHM_TRY(ohm_document_check(doc, err));
    const json_t *blocks = json_object_get(doc->root, "blocks");
    ohm_status status = OHM_OK;
    for (const char *at = ohm_report_template; *at && status == OHM_OK;) {
        const char *mark = strstr(at, "{{");
        fwrite(at, 1, mark ? (size_t)(mark - at) : strlen(at), out);
        if (!mark) break;
        const size_t n = strcspn(mark + 2, "}");
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)n, mark + 2);
        if (strcmp(name, "contents") == 0)
            write_contents(blocks, out);
        else if (strcmp(name, "blocks") == 0)
            write_blocks(blocks, out);
        else if (strcmp(name, "data") == 0)
            status = write_data(json_object_get(doc->root, "data"), out, err);
        else
            ohm_html_text(out, ohm_json_text(doc->root, name)); /* title, subtitle */
        at = mark + 2 + n + 2;
    }
    return status;
}
