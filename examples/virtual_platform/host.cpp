/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace
{

/* Memory: inputs from its beginning, then lengths, then logits. */
constexpr std::uint64_t inputs_at = MEMORY_BASE, lengths_at = MEMORY_BASE + MEMORY_BYTES / 2,
                        logits_at = MEMORY_BASE + MEMORY_BYTES / 4 * 3;

} // namespace

Host::Host(sc_core::sc_module_name name, const ohm_loaded &sequences, std::size_t at_once,
           bool with_dma)
    : sc_module(name), socket("socket"), interrupt("interrupt"), sequences_(sequences),
      at_once_(at_once), with_dma_(with_dma)
{
    SC_THREAD(program);
}

/* A blocking transaction in bursts of a cache line; the host waits for every one. */
void Host::move(tlm::tlm_command command, std::uint64_t address, void *bytes, std::size_t length)
{
    constexpr std::size_t line = 64;
    tlm::tlm_generic_payload payload;
    for (std::size_t done = 0; done < length; done += line) {
        const auto n = static_cast<unsigned>(std::min(line, length - done));
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        payload.set_command(command);
        payload.set_address(address + done);
        payload.set_data_ptr(static_cast<unsigned char *>(bytes) + done);
        payload.set_data_length(n);
        payload.set_streaming_width(n);
        payload.set_byte_enable_ptr(nullptr);
        payload.set_dmi_allowed(false);
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        socket->b_transport(payload, delay);
        if (payload.is_response_error())
            throw std::runtime_error("bus error at " + std::to_string(address + done) + ": " +
                                     payload.get_response_string());
        wait(delay);
    }
}

std::uint32_t Host::read(std::uint64_t reg)
{
    std::uint32_t value = 0;
    move(tlm::TLM_READ_COMMAND, CHIP_BASE + reg, &value, sizeof value);
    return value;
}

void Host::write(std::uint64_t reg, std::uint32_t value)
{
    move(tlm::TLM_WRITE_COMMAND, CHIP_BASE + reg, &value, sizeof value);
}

/* --- the driver --- */

void Host::program()
{
    if (read(OHM_REG_ID) != OHM_REG_ID_VALUE) throw std::runtime_error("this is no Ohmstate chip");
    channels_ = read(OHM_REG_CHANNELS);
    classes_ = read(OHM_REG_CLASSES);
    logits_.resize(sequences_.count * classes_);
    for (std::size_t first = 0, count; first < sequences_.count; first += count) {
        count = fitting(first);
        if (count == 0) throw std::runtime_error("a sequence does not fit; use DMA");
        run(first, count);
    }
    is_done_ = true;
    sc_core::sc_stop();
}

/* Sequences from `first` on for one START, each with a word for its length. */
std::size_t Host::fitting(std::size_t first)
{
    constexpr std::uint64_t word = sizeof(std::uint32_t);
    const std::uint64_t room =
        with_dma_ ? lengths_at - inputs_at : static_cast<std::uint64_t>(read(OHM_REG_INPUT_SIZE));
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    while (first + count < sequences_.count && count < at_once_) {
        bytes += bytes_of(first + count) + word;
        if (bytes > room) break;
        ++count;
    }
    return count;
}

void Host::run(std::size_t first, std::size_t count)
{
    const sc_core::sc_time began = sc_core::sc_time_stamp();
    std::vector<std::uint32_t> lengths(sequences_.lengths + first,
                                       sequences_.lengths + first + count);
    const bool are_equal = std::count(lengths.begin(), lengths.end(), lengths[0]) ==
                           static_cast<std::ptrdiff_t>(count);
    const std::size_t table = are_equal ? 0 : count * sizeof lengths[0];
    std::uint64_t at = with_dma_ ? inputs_at : CHIP_BASE + OHM_INPUT_WINDOW;
    if (table > 0) move(tlm::TLM_WRITE_COMMAND, with_dma_ ? lengths_at : at, &lengths[0], table);
    if (!with_dma_) at += table; /* the window: the lengths, then the inputs */
    std::size_t steps = 0;
    for (std::size_t i = first; i < first + count; at += bytes_of(i), ++i) {
        move(tlm::TLM_WRITE_COMMAND, at, sequences_.inputs[i], bytes_of(i));
        steps += sequences_.lengths[i];
    }

    write(OHM_REG_SEQUENCES, static_cast<std::uint32_t>(count));
    write(OHM_REG_LENGTH, lengths[0]); /* of no meaning where there is a table */
    write(OHM_REG_FIRST_LOW, static_cast<std::uint32_t>(sequences_.index[first]));
    write(OHM_REG_FIRST_HIGH, static_cast<std::uint32_t>(sequences_.index[first] >> 32));
    std::uint32_t control = OHM_CONTROL_START | OHM_CONTROL_INTERRUPT;
    if (table > 0) control |= OHM_CONTROL_LENGTHS;
    if (with_dma_) {
        write(OHM_REG_INPUT_LOW, static_cast<std::uint32_t>(inputs_at));
        write(OHM_REG_OUTPUT_LOW, static_cast<std::uint32_t>(logits_at));
        write(OHM_REG_LENGTHS_LOW, static_cast<std::uint32_t>(lengths_at));
        control |= OHM_CONTROL_DMA;
    }
    write(OHM_REG_CONTROL, control);
    if (!interrupt.read()) wait(interrupt.posedge_event());
    if (read(OHM_REG_STATUS) != OHM_STATUS_DONE)
        throw std::runtime_error("the chip could not run the sequences");
    move(tlm::TLM_READ_COMMAND, with_dma_ ? logits_at : CHIP_BASE + OHM_OUTPUT_WINDOW,
         &logits_[first * classes_], count * classes_ * sizeof logits_[0]);
    const double ns = read(OHM_REG_TIME_LOW) + read(OHM_REG_TIME_HIGH) * 4294967296.0;
    const double pj = read(OHM_REG_ENERGY_LOW) + read(OHM_REG_ENERGY_HIGH) * 4294967296.0;
    write(OHM_REG_INTERRUPT, 1);
    if (interrupt.read()) wait(interrupt.negedge_event());
    jobs_.push_back({first, count, steps, ns * 1e-9,
                     (sc_core::sc_time_stamp() - began).to_seconds(), pj * 1e-12});
}
