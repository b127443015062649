/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/analog_floor.h"

#include <math.h>
#include <string.h>

static const double boltzmann = 1.380649e-23; /* J/K, exact since 2019 */

double ohm_analog_noise_joule(double bits, double temperature_kelvin)
{
    return 12.0 * boltzmann * temperature_kelvin * exp2(2.0 * bits);
}

double ohm_analog_matching_joule(double bits, double full_scale_volt)
{
    const double relative = 0.0066 * 6.0; /* deviation at 1 fF over that allowed for 1 unit */
    const double farad = 1e-15 * relative * relative * exp2(2.0 * bits);
    return farad * full_scale_volt * full_scale_volt;
}

double ohm_analog_floor(const char *component, double bits, double temperature_kelvin)
{
    static const char *const classes[] = {"adc", "dac", "sample_hold", "integrator"};
    for (size_t i = 0; bits > 0 && i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(component, classes[i]) == 0)
            return ohm_analog_noise_joule(bits, temperature_kelvin);
    return 0.0;
}
