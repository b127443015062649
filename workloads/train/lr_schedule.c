/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/lr_schedule.h"

#include <math.h>

double ohm_schedule_factor(size_t step, size_t total, double warmup, double end)
{
    double rise = warmup * (double)total, at = (double)step;
    if (at + 1 < rise) return (at + 1) / rise;
    double rest = (double)total - rise;
    double place = rest > 0 ? (at - rise) / rest : 0;
    if (place < 0) place = 0;
    return end + (1 - end) * 0.5 * (1 + cos(M_PI * place));
}
