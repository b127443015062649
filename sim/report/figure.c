/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/figure.h"

#include <stdlib.h>

void ohm_figure_add_svg(ohm_document *doc, const ohm_figure *figure, const char *svg)
{
    json_t *block = json_pack("{s:s, s:s, s:s, s:o*, s:o*, s:s*}", "kind", "figure", "title",
                              figure->title, "caption", figure->caption, "legend", figure->legend,
                              "bars", figure->bars, "svg", svg);
    ohm_document_add(doc, block);
}

ohm_status ohm_figure_add(ohm_document *doc, const ohm_figure *figure, ohm_plot *plot, ohm_err *err)
{
    char *svg = NULL;
    size_t size = 0;
    ohm_err inner = {0};
    FILE *out = open_memstream(&svg, &size);
    ohm_status status = ohm_plot_finish(plot, ++doc->figures, figure->title, out, &inner);
    if (out) fclose(out);
    if (status == OHM_EUNSUPPORTED) {
        doc->no_gnuplot = true;
        status = OHM_OK;
    } else if (status != OHM_OK && err) {
        *err = inner;
    }
    ohm_figure_add_svg(doc, figure, size ? svg : NULL);
    free(svg);
    return status;
}

void ohm_legend_add(json_t *legend, const char *text, int colour)
{
    json_array_append_new(legend, json_pack("{s:s, s:i}", "text", text, "colour", colour));
}
