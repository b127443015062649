/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Learning rates over a stage; internal to workloads/train. */
#ifndef OHM_WORKLOADS_TRAIN_LR_SCHEDULE_H
#define OHM_WORKLOADS_TRAIN_LR_SCHEDULE_H

#include <stddef.h>

/* Factor on the peak rate at step 0 .. total-1: a linear rise over warmup * total steps, then half
 * a cosine from 1 towards `end`, which step `total` would reach. */
double ohm_schedule_factor(size_t step, size_t total, double warmup, double end);

#endif
