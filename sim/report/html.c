/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/html.h"

#include <math.h>

/* Ten hues that stay apart on white and on near black, and for the colour-blind by their order of
 * lightness. */
static const char style[] =
    ":root{color-scheme:light dark;--bg:#ffffff;--fg:#1c2330;--muted:#667085;--line:#e4e7ec;"
    "--card:#f7f8fa;--accent:#2563eb;--c0:#4c78a8;--c1:#f58518;--c2:#54a24b;--c3:#e45756;"
    "--c4:#72b7b2;--c5:#d9a520;--c6:#b279a2;--c7:#ff7f9b;--c8:#9d755d;--c9:#98a2b3}\n"
    "@media (prefers-color-scheme:dark){:root{--bg:#11151c;--fg:#e6eaf0;--muted:#98a2b3;"
    "--line:#2a313d;--card:#1a202b;--accent:#7aa7ff;--c0:#6f9fd0;--c1:#ff9d42;--c2:#74c26a;"
    "--c3:#f0787a;--c4:#86ccc6;--c5:#eec550;--c6:#cb96bc;--c7:#ff9fb5;--c8:#bb9480;--c9:#7a8698}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,-apple-system,"
    "'Segoe UI',Roboto,'Noto Sans',sans-serif;-webkit-text-size-adjust:100%}\n"
    "main{max-width:1060px;margin:0 auto;padding:40px 24px 80px}\n"
    "h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}\n"
    "h2{font-size:21px;margin:52px 0 4px;padding-top:14px;border-top:1px solid var(--line)}\n"
    "h3{font-size:16px;margin:26px 0 6px}\n"
    "p{margin:4px 0 14px;max-width:72ch}.muted,.sub{color:var(--muted)}.sub{margin:0 0 26px}\n"
    "a{color:var(--accent)}code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"
    "monospace}\n"
    "pre{background:var(--card);padding:14px 16px;border-radius:8px;overflow:auto}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:12px;"
    "margin:18px 0 8px}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px "
    "16px}\n"
    ".card b{display:block;font-size:25px;line-height:1.25;font-weight:650;"
    "font-variant-numeric:tabular-nums;letter-spacing:-.01em}\n"
    ".card span{display:block;font-size:14px}.card "
    "i{display:block;font-style:normal;font-size:13px;"
    "color:var(--muted)}\n"
    "figure{margin:14px 0 20px}figure svg{display:block;width:100%;height:auto}\n"
    "figcaption{font-size:14px;color:var(--muted);margin-top:6px;max-width:80ch}\n"
    ".scroll{overflow-x:auto;margin:10px 0 18px}\n"
    "table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;"
    "min-width:min(100%,520px)}\n"
    "th,td{padding:6px 14px 6px 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}\n"
    "th{font-weight:600;color:var(--muted);white-space:nowrap}\n"
    "td.n,th.n{text-align:right;white-space:nowrap}\n"
    "table.heat{min-width:0}table.heat td,table.heat th{text-align:center;padding:5px 8px;"
    "border:1px solid var(--bg);min-width:38px}\n"
    "details{margin:10px 0}summary{cursor:pointer;color:var(--accent)}\n"
    ".missing{border:1px dashed var(--muted);border-radius:8px;padding:14px 16px;"
    "color:var(--muted)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:14px;margin:4px 0 10px}\n"
    ".legend span::before{content:'';display:inline-block;width:11px;height:11px;border-radius:3px;"
    "margin-right:7px;background:var(--k)}\n"
    "footer{margin-top:60px;font-size:13px;color:var(--muted)}\n"
    "@media print{main{max-width:none;padding:0}h2{break-after:avoid}figure,.card{break-inside:"
    "avoid}}\n";

void ohm_html_begin(FILE *out, const char *title)
{
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>",
          out);
    ohm_html_text(out, title);
    fprintf(out, "</title>\n<style>\n%s</style></head>\n<body><main>\n", style);
}

void ohm_html_end(FILE *out)
{
    fputs("</main></body></html>\n", out);
}

void ohm_html_text(FILE *out, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

void ohm_html_section(FILE *out, const char *id, const char *heading, const char *explanation)
{
    fprintf(out, "<h2 id=\"%s\">", id);
    ohm_html_text(out, heading);
    fputs("</h2>\n", out);
    if (!explanation) return;
    fputs("<p class=\"muted\">", out);
    ohm_html_text(out, explanation);
    fputs("</p>\n", out);
}

void ohm_html_card(FILE *out, const char *value, const char *name, const char *detail)
{
    fputs("<div class=\"card\"><b>", out);
    ohm_html_text(out, value);
    fputs("</b><span>", out);
    ohm_html_text(out, name);
    fputs("</span>", out);
    if (detail && *detail) {
        fputs("<i>", out);
        ohm_html_text(out, detail);
        fputs("</i>", out);
    }
    fputs("</div>\n", out);
}

double ohm_html_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

void ohm_html_quantity(FILE *out, const json_t *object, const char *key, ohm_unit unit, int digits)
{
    double x = ohm_html_number(object, key);
    char text[64] = "-";
    if (!isnan(x)) ohm_quantity_format(x, unit, digits, text, sizeof text);
    ohm_html_text(out, text);
}
