/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chip as a device of a virtual platform, with TLM-2.0 sockets.
 *
 *   registers  target socket: the memory map of registers.h. Blocking transport with annotated
 *              delay (and, through the converter of the socket, the four-phase protocol), debug
 *              transport, DMI for the windows
 *   dma        initiator socket: reads inputs from and writes logits to the platform's memory
 *   interrupt  rises when a run is done, falls when it is cleared
 *
 * Error responses, in the order in which they are checked. TLM_IGNORE_COMMAND returns
 * TLM_OK_RESPONSE and does nothing. An access with an error changes nothing.
 *
 *   TLM_BURST_ERROR_RESPONSE        no data, a streaming width below the length, or a register with
 *                                   a length other than 4
 *   TLM_BYTE_ENABLE_ERROR_RESPONSE  byte enables of length 0, or a register in part (windows take
 *                                   any)
 *   TLM_ADDRESS_ERROR_RESPONSE      outside registers and windows, across the end of one, or a
 *                                   register at no multiple of 4
 *
 * DMI covers both windows, except the output window between START and the end of a run that
 * writes to it: START revokes such pointers. START latches registers and input window when the
 * write is made; the chip begins when the annotated delay has passed.
 *
 * A register access, or 32 bits of a window, takes one access_time. DMA moves bursts of up to 256
 * bytes and takes the time that the platform annotates, in steps of the global quantum; then the
 * chip streams the tokens through its own off-chip interface.
 *
 * Maintenance between sequences (section `maintenance`) follows from the numbers of the sequences,
 * FIRST and those after it, over all STARTs: what is due between the last sequence of one run and
 * the first of the next is done at the beginning of the latter. A run that returns to earlier
 * numbers takes the chip as it was then, at no cost. */
#ifndef OHM_SIM_PLATFORM_TLM_DEVICE_H
#define OHM_SIM_PLATFORM_TLM_DEVICE_H

#include "sim/platform/platform.h"
#include "sim/platform/registers.h"
#include "tiles/sc/time.h"
#include "tiles/sc/trace.h"

#include <memory>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>
#include <vector>

namespace ohm
{

class ChipDevice : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(ChipDevice);

    tlm_utils::simple_target_socket<ChipDevice> registers;
    tlm_utils::simple_initiator_socket<ChipDevice> dma;
    sc_core::sc_out<bool> interrupt;

    /* The programmed chip and its costs must outlive the device. Maintenance changes the chip, so a
     * chip must not be shared between devices. Throws std::runtime_error for a chip whose memories
     * are too small. */
    ChipDevice(sc_core::sc_module_name name, ohm_chip *chip, const ohm_chip_costs *costs,
               Tracer *tracer = nullptr,
               sc_core::sc_time access_time = sc_core::sc_time(10, sc_core::SC_NS));
    ~ChipDevice() override;

    /* Of the last run that succeeded. */
    const ohm_platform_result &result() const { return result_; }
    const ohm_err &error() const { return error_; }

  private:
    struct Inside; /* the chip and its schedule */
    struct Area {
        unsigned char *bytes;
        std::uint64_t first, size;
    };
    struct Job { /* the registers at START */
        std::size_t sequences, steps;
        std::uint64_t first, input, output, lengths;
        bool with_dma, with_interrupt, with_lengths;
    };

    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    unsigned debug(tlm::tlm_generic_payload &payload);
    bool direct(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &dmi);
    bool window_at(std::uint64_t address, std::uint64_t length, Area *area);
    tlm::tlm_response_status access_register(tlm::tlm_generic_payload &payload,
                                             const sc_core::sc_time &end);
    void access_window(tlm::tlm_generic_payload &payload, const Area &area);
    bool is_lendable(const Area &area) const;
    std::uint32_t read_register(std::uint64_t address) const;
    void write_register(std::uint64_t address, std::uint32_t value, const sc_core::sc_time &end);
    void control(std::uint32_t value, const sc_core::sc_time &end);
    std::uint64_t wide(std::uint64_t low) const;

    void work();
    bool take_inputs();
    bool take_from_window();
    bool take_by_dma();
    bool count_steps(std::uint64_t *steps);
    template <typename T>
    bool fetch(std::uint64_t address, std::uint64_t bytes, std::vector<T> &to,
               tlm_utils::tlm_quantumkeeper &clock);
    bool run_once();
    bool move(tlm::tlm_command command, std::uint64_t address, unsigned char *bytes,
              std::uint64_t length, tlm_utils::tlm_quantumkeeper &clock);
    bool refuse(const char *why);

    sc_core::sc_time access_time_;
    std::unique_ptr<Inside> inside_;
    std::size_t channels_, classes_;
    std::vector<std::uint32_t> values_; /* what was written to the rw registers, by word */
    std::uint32_t status_ = 0;
    bool is_raised_ = false, is_output_lent_ = false, is_staged_ = false;
    Job job_ = {};
    std::vector<unsigned char> input_, output_;
    std::vector<float> staged_;
    std::vector<std::uint32_t> lengths_; /* of a job with_lengths */
    std::vector<std::int32_t> logits_;
    ohm_platform_result result_ = {};
    ohm_err error_ = {};
    sc_core::sc_event start_, line_;

    void drive();
};

} // namespace ohm

#endif
