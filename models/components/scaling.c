/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/scaling.h"

#include <math.h>
#include <stddef.h>

typedef struct scaling_row {
    double node_nm;
    double a, b, c; /* energy polynomial */
    double area;    /* relative to 45 nm */
} scaling_row;

static const scaling_row rows[] = {
    {7, 0.1776, -0.09097, 0.02447, 0.059}, {10, 0.2068, -0.09311, 0.02375, 0.1},
    {14, 0.2363, -0.09675, 0.02239, 0.17}, {16, 0.2958, -0.1241, 0.03024, 0.19},
    {20, 0.373, -0.1582, 0.04104, 0.21},   {32, 0.9559, -0.7823, 0.471, 0.46},
    {45, 1.103, -0.362, 0.2767, 1.0},      {65, 3.755, -4.398, 1.975, 1.5},
    {90, 4.762, -4.781, 2.092, 2.8},       {130, 7.171, -6.709, 2.904, 6.4},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static double polynomial(const scaling_row *r, double volt)
{
    return (r->a * volt + r->b) * volt + r->c;
}

/* Index i so that the node lies in [rows[i], rows[i+1]]. */
static size_t bracket(double node_nm)
{
    size_t i = 0;
    while (i + 2 < ROWS && node_nm > rows[i + 1].node_nm)
        i++;
    return i;
}

static double energy_at(double node_m, double volt)
{
    double nm = node_m * 1e9;
    if (nm <= rows[0].node_nm) return polynomial(&rows[0], volt) * nm / rows[0].node_nm;
    if (nm >= rows[ROWS - 1].node_nm)
        return polynomial(&rows[ROWS - 1], volt) * nm / rows[ROWS - 1].node_nm;
    size_t i = bracket(nm);
    double t = (nm - rows[i].node_nm) / (rows[i + 1].node_nm - rows[i].node_nm);
    return (1.0 - t) * polynomial(&rows[i], volt) + t * polynomial(&rows[i + 1], volt);
}

static double area_at(double node_m)
{
    double nm = node_m * 1e9;
    const scaling_row *edge = NULL;
    if (nm <= rows[0].node_nm)
        edge = &rows[0];
    else if (nm >= rows[ROWS - 1].node_nm)
        edge = &rows[ROWS - 1];
    if (edge) return edge->area * (nm / edge->node_nm) * (nm / edge->node_nm);
    size_t i = bracket(nm);
    double t = log(nm / rows[i].node_nm) / log(rows[i + 1].node_nm / rows[i].node_nm);
    return rows[i].area * pow(rows[i + 1].area / rows[i].area, t);
}

double ohm_scale_energy(double from_node_m, double from_volt, double to_node_m, double to_volt)
{
    return energy_at(to_node_m, to_volt) / energy_at(from_node_m, from_volt);
}

double ohm_scale_area(double from_node_m, double to_node_m)
{
    return area_at(to_node_m) / area_at(from_node_m);
}

double ohm_scale_delay(double from_node_m, double to_node_m)
{
    return to_node_m / from_node_m;
}

double ohm_scale_leakage(double from_node_m, double from_volt, double to_node_m, double to_volt)
{
    return ohm_scale_energy(from_node_m, from_volt, to_node_m, to_volt);
}

bool ohm_scale_covers(double node_m)
{
    return node_m >= 6.999e-9 && node_m <= 130.001e-9;
}
