/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this core could do at most: 16-bit multiply-adds that never leave the registers. */
#ifndef OHM_SIM_BENCH_PEAK_H
#define OHM_SIM_BENCH_PEAK_H

/* Multiply-adds per second of CPU time with the widest instruction the products use here. */
double ohm_bench_peak_multiply_adds(void);

#endif
