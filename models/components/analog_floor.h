/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energies below which physics does not go, for the parts that handle analog values: no cost model
 * answers less, whatever its source. Between the floor and silicon lie two to three orders of
 * magnitude; the floor is a check, not an estimate. */
#ifndef OHM_MODELS_COMPONENTS_ANALOG_FLOOR_H
#define OHM_MODELS_COMPONENTS_ANALOG_FLOOR_H

#include "models/components/component.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Energy C V^2 in J of a capacitor whose thermal noise k T / C equals the quantisation noise
 * V^2 / (12 x 4^bits) of full scale V: 12 k T 4^bits, whatever V is. 3.3 fJ at 8 bits and 300 K. */
double ohm_analog_noise_joule(double bits, double temperature_kelvin);

/* Energy C V^2 in J of a binary-weighted array of 2^bits unit capacitors that match well enough for
 * monotone codes (three standard deviations of the worst DNL within half a code: a unit's deviation
 * below 1 / (6 sqrt(2^bits))), with a deviation of 0.66 % at 1 fF that falls with the square root of
 * the capacitance: 103 fF at 8 bits.
 *
 * Source: M. Pelgrom et al., IEEE JSSC 24, 1433 (1989), for the law; 0.66 % at 1 fF, 28 nm, as used
 * by S. Gonugondla et al., IEEE TCAD 41 (2022). Valid without calibration of the capacitors. */
double ohm_analog_matching_joule(double bits, double full_scale_volt);

/* The floor of one action of a class at that resolution: thermal noise for "sample_hold" and
 * "integrator", noise too for "adc" and "dac" of any kind. 0 for classes that handle no analog value,
 * and where the resolution is not known (bits 0). */
double ohm_analog_floor(const char *component, double bits, double temperature_kelvin);

#ifdef __cplusplus
}
#endif
#endif
