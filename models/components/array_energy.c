/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/array_energy.h"

#include <math.h>

void ohm_array_row_sums(size_t rows, size_t columns, size_t stride, const float *g_siemens,
                        double *row_siemens)
{
    for (size_t r = 0; r < rows; r++) {
        double sum = 0.0;
        for (size_t c = 0; c < columns; c++)
            sum += (double)g_siemens[r * stride + c];
        row_siemens[r] += sum;
    }
}

double ohm_array_energy_amplitude(size_t rows, const double *row_siemens, const int32_t *digit,
                                  double volt_per_unit, double read_sec)
{
    double sum = 0.0;
    for (size_t r = 0; r < rows; r++)
        sum += row_siemens[r] * ((double)digit[r] * (double)digit[r]);
    return sum * volt_per_unit * volt_per_unit * read_sec;
}

double ohm_array_energy_width(size_t rows, const double *row_siemens, const int32_t *digit,
                              double volt, double sec_per_unit)
{
    double sum = 0.0;
    for (size_t r = 0; r < rows; r++)
        sum += row_siemens[r] * fabs((double)digit[r]);
    return sum * volt * volt * sec_per_unit;
}

double ohm_array_energy_wires(size_t rows, const int32_t *digit, double row_farad,
                              double volt_per_unit)
{
    double sum = 0.0;
    for (size_t r = 0; r < rows; r++)
        sum += (double)digit[r] * (double)digit[r];
    return sum * row_farad * volt_per_unit * volt_per_unit;
}
