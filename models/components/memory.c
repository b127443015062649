/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SRAM and eDRAM given at several sizes, and tables held in them. Sources and valid ranges:
 * data/memory.yaml. One action moves one word. What is left out: bank conflicts, refresh (within
 * the eDRAM power), tags. */
#include "models/components/estimators.h"

#include <math.h>

typedef struct memory_cost {
    double energy_joule, leakage_watt, area_m2;
} memory_cost;

/* PUMA's data memory of words of 16 bits: log-log between its sizes, which double; beyond them
 * energy ~ size^0.78, the rest ~ size. */
static memory_cost puma_memory(const ohm_component_model *self, double bytes)
{
    size_t count;
    const double *size = ohm_component_list(self, "bytes", &count);
    const double *energy = ohm_component_list(self, "energy", &count);
    const double *leakage = ohm_component_list(self, "leakage", &count);
    const double *area = ohm_component_list(self, "area", &count);
    if (bytes <= size[0] || bytes >= size[count - 1]) {
        const size_t edge = bytes <= size[0] ? 0 : count - 1;
        double ratio = bytes / size[edge];
        return (memory_cost){energy[edge] * pow(ratio, 0.78), leakage[edge] * ratio,
                             area[edge] * ratio};
    }
    size_t i = 0;
    while (bytes > size[i + 1])
        i++;
    double t = log(bytes / size[i]) / log(2.0);
    return (memory_cost){energy[i] * pow(energy[i + 1] / energy[i], t),
                         leakage[i] * pow(leakage[i + 1] / leakage[i], t),
                         area[i] * pow(area[i + 1] / area[i], t)};
}

/* A word of width bits in a memory of depth such words: slices of 16 bits side by side. */
static memory_cost puma_sram(const ohm_component_model *self, const ohm_component_query *query)
{
    double slices = (double)query->width_bits / 16.0;
    memory_cost c = puma_memory(self, (double)query->depth * 2.0);
    return (memory_cost){c.energy_joule * slices, c.leakage_watt * slices, c.area_m2 * slices};
}

OHM_ESTIMATOR(sram_puma)
{
    memory_cost c = puma_sram(self, query);
    double sec = ohm_component_constant(self, "latency");
    ohm_component_add_action(cost, "read", c.energy_joule, sec);
    ohm_component_add_action(cost, "write", c.energy_joule, sec);
    cost->area.m2 = c.area_m2;
    cost->leakage.watt = c.leakage_watt;
}

OHM_ESTIMATOR(table_sram)
{
    memory_cost c = puma_sram(self, query);
    ohm_component_add_action(cost, "lookup", c.energy_joule,
                             ohm_component_constant(self, "latency"));
    cost->area.m2 = c.area_m2;
    cost->leakage.watt = c.leakage_watt;
}

/* Given at two depths: a power law through both; linear in width. */
OHM_ESTIMATOR(edram_puma)
{
    size_t count;
    const double *at = ohm_component_list(self, "energy", &count);
    const double *area = ohm_component_list(self, "area", &count);
    const double *leakage = ohm_component_list(self, "leakage", &count);
    double width = (double)query->width_bits / 256.0;
    double doublings = log2((double)query->depth / 2048.0);
    double energy = at[0] * width * pow(at[1] / at[0], doublings);
    double sec = ohm_component_constant(self, "latency");
    ohm_component_add_action(cost, "read", energy, sec);
    ohm_component_add_action(cost, "write", energy, sec);
    cost->area.m2 = area[0] * width * pow(area[1] / area[0], doublings);
    cost->leakage.watt = leakage[0] * width * pow(leakage[1] / leakage[0], doublings);
}

/* --- CACTI, 22 nm --- */

/* A list over sizes as a power law between its points and beyond. */
static double over_sizes(const ohm_component_model *self, const char *name, double bytes)
{
    size_t count;
    const double *size = ohm_component_list(self, "bytes", &count);
    const double *at = ohm_component_list(self, name, &count);
    size_t i = 0;
    while (i + 2 < count && bytes > size[i + 1])
        i++;
    const double t = log(bytes / size[i]) / log(size[i + 1] / size[i]);
    return at[i] * pow(at[i + 1] / at[i], t);
}

OHM_ESTIMATOR(sram_cacti)
{
    const double bytes = (double)query->depth * (double)query->width_bits / 8.0;
    const double width = (double)query->width_bits / 64.0;
    const double wide = pow(width, ohm_component_constant(self, "width_energy"));
    const double sec = over_sizes(self, "access", bytes);
    ohm_component_add_action(cost, "read", over_sizes(self, "read", bytes) * wide, sec);
    ohm_component_add_action(cost, "write", over_sizes(self, "write", bytes) * wide, sec);
    cost->area.m2 =
        over_sizes(self, "area", bytes) * pow(width, ohm_component_constant(self, "width_area"));
    cost->leakage.watt = over_sizes(self, "leakage", bytes);
}
