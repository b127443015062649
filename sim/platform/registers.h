/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory map of the chip. Plain C, for drivers. Registers are 32 bits wide, little-endian and
 * accessed as a whole; both windows may be accessed with any length and alignment.
 *
 * A driver writes the inputs (32-bit floats: sequence, step, channel) into the window or into its
 * own memory, sets SEQUENCES and LENGTH (and the addresses for DMA), writes START, waits for the
 * interrupt or polls STATUS, and finds the logits (32-bit integers: sequence, class) in the output
 * window or in its memory.
 *
 * Sequences of different lengths: START with LENGTHS, and a table of 32-bit words, the steps of
 * each sequence, in memory at the address LENGTHS, or without DMA at the beginning of the input
 * window with the inputs after it. Inputs follow one another without gaps; LENGTH is ignored.
 *
 * START latches the registers and the input window: the next run may be prepared while this one is
 * busy. Writes to read-only registers are ignored. The interrupt remains raised until it is
 * cleared, even if another run is started. */
#ifndef OHM_SIM_PLATFORM_REGISTERS_H
#define OHM_SIM_PLATFORM_REGISTERS_H

enum {
    OHM_REG_ID = 0x00,          /* r   OHM_REG_ID_VALUE */
    OHM_REG_CONTROL = 0x04,     /* w   bits below */
    OHM_REG_STATUS = 0x08,      /* r   bits below */
    OHM_REG_INTERRUPT = 0x0c,   /* r   1 while it is raised; w 1 clears it */
    OHM_REG_CHANNELS = 0x10,    /* r   of one step */
    OHM_REG_CLASSES = 0x14,     /* r   logits of one sequence */
    OHM_REG_SEQUENCES = 0x18,   /* rw  to run */
    OHM_REG_LENGTH = 0x1c,      /* rw  steps of every sequence, where they are equal */
    OHM_REG_INPUT_LOW = 0x20,   /* rw  DMA: address of the inputs */
    OHM_REG_INPUT_HIGH = 0x24,  /* rw */
    OHM_REG_OUTPUT_LOW = 0x28,  /* rw  DMA: address of the logits */
    OHM_REG_OUTPUT_HIGH = 0x2c, /* rw */
    OHM_REG_FIRST_LOW = 0x30,  /* rw  number of the first sequence in the data: selects its noise */
    OHM_REG_FIRST_HIGH = 0x34, /* rw */
    OHM_REG_TIME_LOW = 0x38,   /* r   of the last run on the chip, ns */
    OHM_REG_TIME_HIGH = 0x3c,  /* r */
    OHM_REG_ENERGY_LOW = 0x40, /* r   of the last run, pJ */
    OHM_REG_ENERGY_HIGH = 0x44,  /* r */
    OHM_REG_INPUT_SIZE = 0x48,   /* r   bytes of the input window */
    OHM_REG_OUTPUT_SIZE = 0x4c,  /* r   bytes of the output window */
    OHM_REG_LENGTHS_LOW = 0x50,  /* rw  DMA: address of the table of lengths */
    OHM_REG_LENGTHS_HIGH = 0x54, /* rw */
    OHM_REG_END = 0x58,
    OHM_INPUT_WINDOW = 0x100000,
    OHM_OUTPUT_WINDOW = 0x200000,
    OHM_WINDOW_BYTES = 0x100000, /* of each */

    OHM_REG_ID_VALUE = 0x314d484f, /* "OHM1" */

    OHM_CONTROL_START = 1,
    OHM_CONTROL_DMA = 2,       /* inputs and logits in memory rather than in the windows */
    OHM_CONTROL_INTERRUPT = 4, /* raise it when done */
    OHM_CONTROL_LENGTHS = 8,   /* every sequence has its own length: a table */

    OHM_STATUS_BUSY = 1,
    OHM_STATUS_DONE = 2, /* the last run succeeded */
    OHM_STATUS_ERROR = 4 /* it failed (sizes, DMA, or the chip), or START while busy */
};

#endif
