/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routers. Sources and valid ranges: data/interconnect.yaml. One action moves one flit. What is
 * left out: contention (the simulator models it), clock distribution of long links. */
#include "models/components/estimators.h"

#include <math.h>

/* Given at 4 and 8 ports: a power law through both; linear in the width of a flit. */
OHM_ESTIMATOR(router_puma)
{
    size_t count;
    const double *energy = ohm_component_list(self, "energy", &count);
    const double *area = ohm_component_list(self, "area", &count);
    const double *leakage = ohm_component_list(self, "leakage", &count);
    double doublings = log2((double)query->ports / 4.0);
    double width = (double)query->width_bits / 32.0;
    ohm_component_add_action(cost, "hop", energy[0] * width * pow(energy[1] / energy[0], doublings),
                             ohm_component_constant(self, "latency"));
    cost->area.m2 = area[0] * width * pow(area[1] / area[0], doublings);
    cost->leakage.watt = leakage[0] * width * pow(leakage[1] / leakage[0], doublings);
}

/* Queues by their bits, a crossbar by ports squared; one clock cycle per flit. */
OHM_ESTIMATOR(router_dsent)
{
    const double width = (double)query->width_bits, ports = (double)query->ports;
    const double flits = (double)query->depth;
    const double per_bit = ohm_component_constant(self, "write_read") +
                           ohm_component_constant(self, "write_read_per_flit") * flits +
                           ohm_component_constant(self, "crossbar_per_port") * ports +
                           ohm_component_constant(self, "clock");
    ohm_component_add_action(cost, "hop",
                             width * per_bit + ohm_component_constant(self, "arbitration"),
                             ohm_component_constant(self, "latency"));
    cost->area.m2 = width * ports *
                    (ohm_component_constant(self, "queue_area") * flits +
                     ohm_component_constant(self, "crossbar_area") * ports);
    cost->leakage.watt = width * ports *
                         (ohm_component_constant(self, "queue_leakage") * flits +
                          ohm_component_constant(self, "crossbar_leakage") * ports);
}
