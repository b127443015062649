/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digits as a person would write them: each has one or two ways of being drawn, a way is a few
 * strokes, a stroke a smooth curve (Catmull-Rom) through control points. What varies from item to
 * item: every control point, slant, rotation, size and aspect, position, the pen's width and
 * pressure. The pen's trace is rendered anti-aliased and stored with the 256 grey levels that
 * scanned digits have. */
#include "workloads/data/synthetic.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { STROKES_MAX = 3, POINTS_MAX = 12, WAYS_MAX = 3, SUBDIVISIONS = 6 };
enum { SEGMENTS_MAX = STROKES_MAX * POINTS_MAX * SUBDIVISIONS };

typedef struct stroke {
    int count;
    float points[POINTS_MAX][2]; /* x right, y down, the digit's box is [0, 1] x [0, 1] */
} stroke;

typedef struct way {
    int strokes;
    stroke stroke[STROKES_MAX];
} way;

typedef struct digit {
    int ways;
    way way[WAYS_MAX];
} digit;

/* A repeated point makes a corner. */
static const digit DIGITS[10] = {
    {2,
     {{1,
       {{11,
         {{.55f, .02f},
          {.25f, .10f},
          {.08f, .38f},
          {.10f, .70f},
          {.30f, .96f},
          {.58f, .98f},
          {.86f, .76f},
          {.92f, .42f},
          {.80f, .12f},
          {.55f, .02f},
          {.42f, .05f}}}}},
      {1,
       {{10,
         {{.70f, .08f},
          {.45f, .00f},
          {.18f, .16f},
          {.08f, .50f},
          {.20f, .88f},
          {.50f, 1.0f},
          {.82f, .82f},
          {.92f, .48f},
          {.78f, .14f},
          {.52f, .06f}}}}}}},
    {3,
     {{1, {{4, {{.55f, .00f}, {.52f, .33f}, {.50f, .66f}, {.47f, 1.0f}}}}},
      {1, {{5, {{.28f, .24f}, {.56f, .00f}, {.56f, .00f}, {.53f, .50f}, {.50f, 1.0f}}}}},
      {2,
       {{5, {{.28f, .22f}, {.54f, .00f}, {.54f, .00f}, {.52f, .50f}, {.50f, 1.0f}}},
        {2, {{.25f, 1.0f}, {.78f, .99f}}}}}}},
    {2,
     {{1,
       {{10,
         {{.12f, .24f},
          {.28f, .04f},
          {.60f, .00f},
          {.84f, .20f},
          {.74f, .48f},
          {.42f, .76f},
          {.08f, .98f},
          {.08f, .98f},
          {.50f, .95f},
          {.94f, .96f}}}}},
      {1,
       {{12,
         {{.12f, .20f},
          {.36f, .00f},
          {.72f, .06f},
          {.80f, .34f},
          {.56f, .68f},
          {.24f, .92f},
          {.10f, .86f},
          {.22f, .74f},
          {.40f, .82f},
          {.58f, .98f},
          {.76f, .98f},
          {.96f, .86f}}}}}}},
    {2,
     {{1,
       {{11,
         {{.12f, .12f},
          {.42f, .00f},
          {.78f, .10f},
          {.78f, .34f},
          {.40f, .47f},
          {.40f, .47f},
          {.82f, .58f},
          {.88f, .84f},
          {.56f, 1.0f},
          {.26f, .98f},
          {.06f, .86f}}}}},
      {1,
       {{9,
         {{.12f, .02f},
          {.82f, .02f},
          {.82f, .02f},
          {.42f, .40f},
          {.42f, .40f},
          {.84f, .56f},
          {.82f, .88f},
          {.44f, 1.0f},
          {.08f, .88f}}}}}}},
    {2,
     {{2,
       {{5, {{.24f, .00f}, {.14f, .34f}, {.08f, .60f}, {.08f, .60f}, {.94f, .58f}}},
        {3, {{.72f, .16f}, {.68f, .60f}, {.62f, 1.0f}}}}},
      {2,
       {{5, {{.62f, .00f}, {.32f, .34f}, {.04f, .66f}, {.04f, .66f}, {.96f, .66f}}},
        {3, {{.66f, .02f}, {.66f, .50f}, {.64f, 1.0f}}}}}}},
    {2,
     {{2,
       {{9,
         {{.24f, .02f},
          {.18f, .40f},
          {.18f, .40f},
          {.50f, .34f},
          {.84f, .50f},
          {.88f, .78f},
          {.60f, .98f},
          {.28f, .99f},
          {.06f, .88f}}},
        {2, {{.24f, .02f}, {.86f, .00f}}}}},
      {1,
       {{10,
         {{.88f, .01f},
          {.28f, .03f},
          {.28f, .03f},
          {.18f, .42f},
          {.18f, .42f},
          {.62f, .38f},
          {.90f, .64f},
          {.74f, .94f},
          {.38f, 1.0f},
          {.06f, .90f}}}}}}},
    {2,
     {{1,
       {{11,
         {{.70f, .00f},
          {.38f, .20f},
          {.14f, .54f},
          {.12f, .84f},
          {.38f, 1.0f},
          {.70f, .96f},
          {.84f, .76f},
          {.66f, .56f},
          {.40f, .58f},
          {.20f, .72f},
          {.16f, .82f}}}}},
      {1,
       {{9,
         {{.46f, .00f},
          {.24f, .36f},
          {.12f, .74f},
          {.32f, .98f},
          {.66f, .96f},
          {.82f, .74f},
          {.64f, .56f},
          {.34f, .62f},
          {.18f, .82f}}}}}}},
    {3,
     {{1, {{5, {{.08f, .04f}, {.88f, .02f}, {.88f, .02f}, {.56f, .50f}, {.38f, 1.0f}}}}},
      {2,
       {{5, {{.08f, .06f}, {.90f, .02f}, {.90f, .02f}, {.58f, .48f}, {.36f, 1.0f}}},
        {2, {{.30f, .52f}, {.78f, .48f}}}}},
      {1,
       {{6,
         {{.06f, .22f}, {.10f, .04f}, {.50f, .04f}, {.90f, .03f}, {.70f, .44f}, {.46f, 1.0f}}}}}}},
    {2,
     {{1,
       {{12,
         {{.72f, .14f},
          {.46f, .00f},
          {.20f, .14f},
          {.30f, .40f},
          {.66f, .58f},
          {.82f, .80f},
          {.56f, 1.0f},
          {.22f, .92f},
          {.20f, .68f},
          {.52f, .46f},
          {.76f, .26f},
          {.72f, .14f}}}}},
      {2,
       {{8,
         {{.50f, .00f},
          {.22f, .12f},
          {.26f, .38f},
          {.52f, .48f},
          {.76f, .34f},
          {.74f, .10f},
          {.50f, .00f},
          {.42f, .02f}}},
        {8,
         {{.52f, .48f},
          {.20f, .60f},
          {.16f, .88f},
          {.48f, 1.0f},
          {.82f, .88f},
          {.80f, .62f},
          {.52f, .48f},
          {.44f, .49f}}}}}}},
    {2,
     {{1,
       {{12,
         {{.80f, .16f},
          {.54f, .00f},
          {.24f, .10f},
          {.16f, .36f},
          {.40f, .52f},
          {.68f, .40f},
          {.82f, .14f},
          {.82f, .14f},
          {.80f, .44f},
          {.74f, .74f},
          {.66f, .92f},
          {.60f, 1.0f}}}}},
      {1,
       {{11,
         {{.78f, .18f},
          {.50f, .01f},
          {.20f, .20f},
          {.30f, .48f},
          {.62f, .46f},
          {.80f, .20f},
          {.80f, .20f},
          {.78f, .60f},
          {.66f, .92f},
          {.42f, 1.0f},
          {.18f, .92f}}}}}}},
};

typedef struct segment {
    float ax, ay, bx, by;
} segment;

/* From the digit's box to pixels. */
typedef struct frame {
    double xx, xy, yx, yy, x0, y0;
} frame;

static double normal(gsl_rng *rng, double sigma)
{
    /* cut at 2.5 sigma: no outliers that nobody would write */
    double g;
    do {
        g = gsl_ran_gaussian_ziggurat(rng, 1);
    } while (fabs(g) > 2.5);
    return sigma * g;
}

static frame draw_frame(gsl_rng *rng)
{
    double width = 14.0 * exp(normal(rng, 0.20)), height = 18.5 * exp(normal(rng, 0.08));
    double slant = normal(rng, 0.24), turn = normal(rng, 0.13);
    double c = cos(turn), s = sin(turn);
    frame f;
    /* scale, then slant (x grows towards the top), then rotation, about the box's middle */
    f.xx = c * width;
    f.yx = s * width;
    f.xy = -c * slant * height - s * height;
    f.yy = -s * slant * height + c * height;
    f.x0 = OHM_DIGIT_SIDE / 2.0 + normal(rng, 1.2) - 0.5 * (f.xx + f.xy);
    f.y0 = OHM_DIGIT_SIDE / 2.0 + normal(rng, 1.2) - 0.5 * (f.yx + f.yy);
    return f;
}

static double catmull_rom(double a, double b, double c, double d, double t)
{
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t +
                  (3 * b - a - 3 * c + d) * t * t * t);
}

/* Appends the stroke's curve as short segments in pixels. */
static size_t trace(gsl_rng *rng, const stroke *s, const frame *f, segment *out)
{
    double p[POINTS_MAX][2];
    for (int i = 0; i < s->count; i++) {
        bool corner = i > 0 && memcmp(s->points[i], s->points[i - 1], sizeof s->points[i]) == 0;
        double x = s->points[i][0] + normal(rng, 0.055), y = s->points[i][1] + normal(rng, 0.045);
        p[i][0] = corner ? p[i - 1][0] : f->x0 + f->xx * x + f->xy * y;
        p[i][1] = corner ? p[i - 1][1] : f->y0 + f->yx * x + f->yy * y;
    }
    size_t n = 0;
    double x = p[0][0], y = p[0][1];
    for (int i = 0; i + 1 < s->count; i++) {
        int before = i > 0 ? i - 1 : 0, after = i + 2 < s->count ? i + 2 : s->count - 1;
        for (int k = 1; k <= SUBDIVISIONS; k++) {
            double t = (double)k / SUBDIVISIONS;
            double nx = catmull_rom(p[before][0], p[i][0], p[i + 1][0], p[after][0], t);
            double ny = catmull_rom(p[before][1], p[i][1], p[i + 1][1], p[after][1], t);
            out[n++] = (segment){(float)x, (float)y, (float)nx, (float)ny};
            x = nx;
            y = ny;
        }
    }
    return n;
}

static float distance_squared(const segment *s, float x, float y)
{
    float dx = s->bx - s->ax, dy = s->by - s->ay, px = x - s->ax, py = y - s->ay;
    float length = dx * dx + dy * dy;
    float t = length > 0 ? (px * dx + py * dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    float ex = px - t * dx, ey = py - t * dy;
    return ex * ex + ey * ey;
}

static void draw_digit(gsl_rng *rng, int32_t label, size_t length, float *x)
{
    const digit *d = &DIGITS[label];
    const way *w = &d->way[gsl_rng_uniform_int(rng, (unsigned long)d->ways)];
    frame f = draw_frame(rng);
    float radius = (float)(1.15 * exp(normal(rng, 0.22))), edge = (float)(1.0 + normal(rng, 0.12));
    float ink = (float)(0.97 - fabs(normal(rng, 0.06)));
    segment segments[SEGMENTS_MAX];
    size_t n = 0;
    for (int k = 0; k < w->strokes; k++)
        n += trace(rng, &w->stroke[k], &f, segments + n);

    float nearest[OHM_DIGIT_SIDE * OHM_DIGIT_SIDE], reach = radius + edge;
    for (size_t i = 0; i < length; i++)
        nearest[i] = reach * reach;
    for (size_t k = 0; k < n; k++) { /* only the pixels that this segment can touch */
        const segment *s = &segments[k];
        int x_from = (int)floorf(fminf(s->ax, s->bx) - reach);
        int x_to = (int)ceilf(fmaxf(s->ax, s->bx) + reach);
        int y_from = (int)floorf(fminf(s->ay, s->by) - reach);
        int y_to = (int)ceilf(fmaxf(s->ay, s->by) + reach);
        for (int row = y_from < 0 ? 0 : y_from; row <= y_to && row < OHM_DIGIT_SIDE; row++) {
            for (int col = x_from < 0 ? 0 : x_from; col <= x_to && col < OHM_DIGIT_SIDE; col++) {
                float *cell = &nearest[row * OHM_DIGIT_SIDE + col];
                *cell = fminf(*cell, distance_squared(s, (float)col + 0.5f, (float)row + 0.5f));
            }
        }
    }
    for (size_t i = 0; i < length; i++) {
        float cover = (radius + 0.5f * edge - sqrtf(nearest[i])) / edge;
        cover = cover < 0 ? 0 : cover > 1 ? 1 : cover;
        x[i] = rintf(255.0f * ink * cover) / 255.0f;
    }
}

const ohm_synthetic_task ohm_synthetic_digits = {
    .name = "digits",
    .classes = 10,
    .channels = 1,
    .length = OHM_DIGIT_SIDE * OHM_DIGIT_SIDE,
    .height = OHM_DIGIT_SIDE,
    .width = OHM_DIGIT_SIDE,
    .draw = draw_digit,
};
