/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tiles of a chip and what is mapped to them; drawn here, needs no gnuplot. */
#include "sim/report/figure.h"
#include "sim/report/html.h"
#include "sim/report/run_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double number(const json_t *o, const char *key)
{
    double x = ohm_json_number(o, key);
    return isnan(x) ? 0 : x;
}

/* Colour of an operation: its layer's, and one of their own for encoder and head. */
static int layer_colour(const json_t *mapping, const char *op)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(mapping, "ops"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "op"));
        if (name && strcmp(name, op) == 0) {
            int layer = (int)number(row, "layer");
            return layer < 0 ? 0 : 1 + layer % 9;
        }
    }
    return 0;
}

static void draw_block(FILE *out, const json_t *mapping, const json_t *p, double x, double y,
                       double side)
{
    const json_t *m =
        json_array_get(json_object_get(mapping, "matrices"), (size_t)number(p, "matrix"));
    const char *op = json_string_value(json_object_get(p, "op"));
    const char *role = json_string_value(json_object_get(p, "role"));
    double rows = number(m, "tile_inputs"), columns = number(m, "tile_outputs");
    if (!op || !role || rows <= 0 || columns <= 0) return;
    double area = number(p, "inputs") * number(p, "outputs");
    fprintf(out,
            "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"var(--c%d)\" "
            "fill-opacity=\"%.2f\"><title>",
            x + side * number(p, "column_offset") / columns,
            y + side * number(p, "row_offset") / rows, side * number(p, "outputs") / columns,
            side * number(p, "inputs") / rows, layer_colour(mapping, op),
            0.35 + 0.6 * (area > 0 ? number(p, "nonzero") / area : 0));
    ohm_html_text(out, op);
    if (strcmp(role, "weights") != 0) fprintf(out, " %s", role);
    fprintf(out,
            ": inputs %.0f-%.0f, outputs %.0f-%.0f, tile %.0f filled to %.1f %%</title></rect>",
            number(p, "input_first"), number(p, "input_first") + number(p, "inputs") - 1,
            number(p, "output_first"), number(p, "output_first") + number(p, "outputs") - 1,
            number(p, "tile"), 100 * number(p, "fill"));
}

static json_t *mapping_legend(const json_t *mapping)
{
    json_t *legend = json_array();
    char name[32];
    int last = -2;
    size_t i;
    json_t *row;
    ohm_legend_add(legend, "encoder and head", 0);
    json_array_foreach(json_object_get(mapping, "ops"), i, row)
    {
        const int layer = (int)number(row, "layer");
        if (layer <= last || layer < 0) continue;
        snprintf(name, sizeof name, "layer %d", layer);
        ohm_legend_add(legend, name, 1 + layer % 9);
        last = layer;
    }
    return legend;
}

static void draw_tiles(FILE *out, const json_t *mapping, size_t tiles)
{
    const size_t columns = tiles < 8 ? tiles : tiles <= 64 ? 8 : tiles <= 400 ? 20 : 40;
    const size_t rows = (tiles + columns - 1) / columns;
    const double pitch = columns < 4 ? 150 : 960.0 / (double)columns, gap = pitch * 0.12;
    const double side = pitch - gap, label = pitch > 60 ? 16 : 0;
    fprintf(out,
            "<svg viewBox=\"0 0 960 %.0f\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">"
            "<title>Blocks on tiles</title>",
            (double)rows * (pitch + label));
    for (size_t t = 0; t < tiles; t++) {
        const double x = (double)(t % columns) * pitch + 1;
        const double y = (double)(t / columns) * (pitch + label) + label + 1;
        size_t i;
        json_t *p;
        fprintf(out,
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"var(--card)\" "
                "stroke=\"var(--muted)\" stroke-width=\"1\"/>",
                x, y, side, side);
        if (label > 0)
            fprintf(out,
                    "<text x=\"%.2f\" y=\"%.2f\" font-size=\"11\" fill=\"var(--muted)\">tile "
                    "%zu</text>",
                    x, y - 5, t);
        json_array_foreach(json_object_get(mapping, "placements"), i, p)
        {
            if ((size_t)number(p, "tile") == t) draw_block(out, mapping, p, x, y, side);
        }
    }
    fputs("</svg>", out);
}

ohm_status ohm_figure_mapping(ohm_document *doc, const json_t *mapping, ohm_err *err)
{
    const size_t tiles = (size_t)number(mapping, "tiles");
    char *svg = NULL;
    size_t size;
    if (tiles == 0) return OHM_OK;
    FILE *out = open_memstream(&svg, &size);
    if (!out) return ohm_err_no_memory(err, "a figure");
    draw_tiles(out, mapping, tiles);
    fclose(out);
    const ohm_figure figure = {
        .title = "Blocks on tiles",
        .caption =
            "Each square is one tile, inputs from top to bottom, outputs from left to right, "
            "both in logical weights; a block's strength of colour is its share of nonzero "
            "weights.",
        .legend = mapping_legend(mapping)};
    ohm_figure_add_svg(doc, &figure, svg);
    free(svg);
    return OHM_OK;
}
