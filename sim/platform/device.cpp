/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/device.h"

#include "sim/platform/chip.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace ohm
{

namespace
{

constexpr std::uint64_t burst_bytes = 256;
constexpr std::uint64_t word_bytes = 4;

ohm_schedule *make_schedule(const ohm_chip *chip)
{
    ohm_schedule *schedule = nullptr;
    ohm_err err = {};
    if (ohm_schedule_make(ohm_chip_plan(chip), &schedule, &err) != OHM_OK)
        throw std::runtime_error(err.message);
    return schedule;
}

} // namespace

struct ChipDevice::Inside {
    std::unique_ptr<ohm_schedule, decltype(&ohm_schedule_free)> schedule;
    Chip chip;

    Inside(const ohm_chip &values, const ohm_chip_costs &costs, Tracer *tracer)
        : schedule(make_schedule(&values), ohm_schedule_free),
          chip("chip", *schedule, values, costs, true, tracer)
    {
    }
};

ChipDevice::ChipDevice(sc_core::sc_module_name name, const ohm_chip *chip,
                       const ohm_chip_costs *costs, Tracer *tracer, sc_core::sc_time access_time)
    : sc_module(name), registers("registers"), dma("dma"), interrupt("interrupt"),
      access_time_(access_time), inside_(std::make_unique<Inside>(*chip, *costs, tracer)),
      channels_(ohm_chip_plan(chip)->graph->values[0].width),
      classes_(ohm_chip_plan(chip)->graph->classes), values_(OHM_REG_END / word_bytes),
      input_(OHM_WINDOW_BYTES), output_(OHM_WINDOW_BYTES), start_("start_event"),
      line_("line_event")
{
    ohm_err err = {};
    if (inside_->chip.connect(&err) != OHM_OK) throw std::runtime_error(err.message);
    registers.register_b_transport(this, &ChipDevice::transport);
    registers.register_transport_dbg(this, &ChipDevice::debug);
    registers.register_get_direct_mem_ptr(this, &ChipDevice::direct);
    SC_THREAD(work);
    SC_METHOD(drive);
    sensitive << line_;
}

ChipDevice::~ChipDevice()
{
    ohm_platform_result_free(&result_);
}

/* ---- the bus's side ----------------------------------------------------------------------------
 */

bool ChipDevice::window_at(std::uint64_t address, std::uint64_t length, Area *area)
{
    const Area areas[] = {{input_.data(), OHM_INPUT_WINDOW, input_.size()},
                          {output_.data(), OHM_OUTPUT_WINDOW, output_.size()}};
    for (const Area &one : areas)
        if (address >= one.first && length <= one.size &&
            address - one.first <= one.size - length) {
            *area = one;
            return true;
        }
    return false;
}

void ChipDevice::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t length = payload.get_data_length();
    Area area;
    payload.set_dmi_allowed(false);
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    } else if (payload.get_byte_enable_ptr()) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    } else if (payload.get_streaming_width() < length) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    } else if (window_at(payload.get_address(), length, &area)) {
        access_window(payload, area);
    } else if (payload.get_address() >= OHM_REG_END || payload.get_address() % word_bytes != 0) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    } else if (length != word_bytes) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    } else {
        access_register(payload);
    }
    delay += access_time_ * static_cast<double>((length + word_bytes - 1) / word_bytes);
}

void ChipDevice::access_window(tlm::tlm_generic_payload &payload, const Area &area)
{
    unsigned char *bytes = area.bytes + (payload.get_address() - area.first);
    if (payload.is_read())
        std::memcpy(payload.get_data_ptr(), bytes, payload.get_data_length());
    else
        std::memcpy(bytes, payload.get_data_ptr(), payload.get_data_length());
    payload.set_dmi_allowed(true);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void ChipDevice::access_register(tlm::tlm_generic_payload &payload)
{
    std::uint32_t value = 0;
    if (payload.is_read()) {
        value = read_register(payload.get_address());
        std::memcpy(payload.get_data_ptr(), &value, sizeof value);
    } else {
        std::memcpy(&value, payload.get_data_ptr(), sizeof value);
        write_register(payload.get_address(), value);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

/* Looks and writes without side effects: START is not one, nor is clearing the interrupt. */
unsigned ChipDevice::debug(tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address(), length = payload.get_data_length();
    Area area;
    if (window_at(address, length, &area)) {
        unsigned char *bytes = area.bytes + (address - area.first);
        if (payload.is_read())
            std::memcpy(payload.get_data_ptr(), bytes, length);
        else if (payload.is_write())
            std::memcpy(bytes, payload.get_data_ptr(), length);
        return static_cast<unsigned>(length);
    }
    if (address >= OHM_REG_END || address % word_bytes != 0 || length < word_bytes ||
        !payload.is_read())
        return 0;
    const std::uint32_t value = read_register(address);
    std::memcpy(payload.get_data_ptr(), &value, sizeof value);
    return sizeof value;
}

bool ChipDevice::direct(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &dmi)
{
    Area area;
    if (window_at(payload.get_address(), 1, &area)) {
        dmi.set_dmi_ptr(area.bytes);
        dmi.set_start_address(area.first);
        dmi.set_end_address(area.first + area.size - 1);
        dmi.set_read_latency(access_time_ / static_cast<double>(word_bytes));
        dmi.set_write_latency(access_time_ / static_cast<double>(word_bytes));
        dmi.allow_read_write();
        return true;
    }
    /* nowhere else: the registers' range is denied as a whole */
    dmi.set_start_address(0);
    dmi.set_end_address(OHM_INPUT_WINDOW - 1);
    dmi.allow_read_write();
    return false;
}

/* ---- registers ---------------------------------------------------------------------------------
 */

std::uint64_t ChipDevice::wide(std::uint64_t low) const
{
    return values_[low / word_bytes] | static_cast<std::uint64_t>(values_[low / word_bytes + 1])
                                           << 32;
}

std::uint32_t ChipDevice::read_register(std::uint64_t address) const
{
    const auto ns = static_cast<std::uint64_t>(std::llround(result_.duration_sec * 1e9));
    const auto pj =
        static_cast<std::uint64_t>(std::llround(ohm_ledger_energy(&result_.ledger) * 1e12));
    switch (address) {
    case OHM_REG_ID:
        return OHM_REG_ID_VALUE;
    case OHM_REG_CONTROL:
        return 0;
    case OHM_REG_STATUS:
        return status_;
    case OHM_REG_INTERRUPT:
        return is_raised_ ? 1 : 0;
    case OHM_REG_CHANNELS:
        return static_cast<std::uint32_t>(channels_);
    case OHM_REG_CLASSES:
        return static_cast<std::uint32_t>(classes_);
    case OHM_REG_TIME_LOW:
        return static_cast<std::uint32_t>(ns);
    case OHM_REG_TIME_HIGH:
        return static_cast<std::uint32_t>(ns >> 32);
    case OHM_REG_ENERGY_LOW:
        return static_cast<std::uint32_t>(pj);
    case OHM_REG_ENERGY_HIGH:
        return static_cast<std::uint32_t>(pj >> 32);
    case OHM_REG_INPUT_SIZE:
        return static_cast<std::uint32_t>(input_.size());
    case OHM_REG_OUTPUT_SIZE:
        return static_cast<std::uint32_t>(output_.size());
    default:
        return values_[address / word_bytes];
    }
}

void ChipDevice::write_register(std::uint64_t address, std::uint32_t value)
{
    if (address == OHM_REG_CONTROL) return control(value);
    if (address == OHM_REG_INTERRUPT) {
        if (value & 1) {
            is_raised_ = false;
            line_.notify(sc_core::SC_ZERO_TIME);
        }
        return;
    }
    values_[address / word_bytes] = value; /* read-only ones are never read from here */
}

void ChipDevice::control(std::uint32_t value)
{
    if (!(value & OHM_CONTROL_START)) return;
    if (status_ & OHM_STATUS_BUSY) {
        status_ |= OHM_STATUS_ERROR;
        return;
    }
    with_dma_ = (value & OHM_CONTROL_DMA) != 0;
    with_interrupt_ = (value & OHM_CONTROL_INTERRUPT) != 0;
    status_ = OHM_STATUS_BUSY;
    start_.notify(sc_core::SC_ZERO_TIME);
}

void ChipDevice::drive()
{
    interrupt.write(is_raised_);
}

/* ---- work --------------------------------------------------------------------------------------
 */

void ChipDevice::work()
{
    for (;;) {
        wait(start_);
        const bool succeeded = run_once();
        const std::uint32_t refused = status_ & OHM_STATUS_ERROR; /* a START in between */
        status_ = (succeeded ? OHM_STATUS_DONE : OHM_STATUS_ERROR) | refused;
        if (!with_interrupt_) continue;
        is_raised_ = true;
        line_.notify(sc_core::SC_ZERO_TIME);
    }
}

bool ChipDevice::refuse(const char *why)
{
    ohm_err_set(&error_, OHM_EINVAL, "%s", why);
    return false;
}

bool ChipDevice::run_once()
{
    const std::size_t n = values_[OHM_REG_SEQUENCES / word_bytes];
    const std::size_t length = values_[OHM_REG_LENGTH / word_bytes];
    const std::uint64_t in_bytes = static_cast<std::uint64_t>(n) * length * channels_ * word_bytes;
    const std::uint64_t out_bytes = static_cast<std::uint64_t>(n) * classes_ * word_bytes;
    if (n == 0 || length == 0) return refuse("SEQUENCES and LENGTH must not be 0");
    if (!with_dma_ && (in_bytes > input_.size() || out_bytes > output_.size()))
        return refuse("the sequences do not fit the windows; use DMA");
    staged_.resize(in_bytes / word_bytes);
    logits_.assign(n * classes_, 0);
    auto *staged = reinterpret_cast<unsigned char *>(staged_.data());
    if (!with_dma_)
        std::memcpy(staged, input_.data(), in_bytes);
    else if (!move(tlm::TLM_READ_COMMAND, wide(OHM_REG_INPUT_LOW), staged, in_bytes))
        return refuse("the inputs cannot be read by DMA");

    std::vector<const float *> inputs(n);
    std::vector<std::size_t> lengths(n, length);
    std::vector<std::uint64_t> index(n);
    for (std::size_t i = 0; i < n; ++i) {
        inputs[i] = staged_.data() + i * length * channels_;
        index[i] = wide(OHM_REG_FIRST_LOW) + i;
    }
    inside_->chip.start(n, inputs.data(), lengths.data(), index.data(), logits_.data());
    while (!inside_->chip.is_done())
        wait(inside_->chip.finished());
    ohm_platform_result_free(&result_);
    if (inside_->chip.report(n, lengths.data(), &result_, &error_) != OHM_OK) return false;

    auto *logits = reinterpret_cast<unsigned char *>(logits_.data());
    if (!with_dma_)
        std::memcpy(output_.data(), logits, out_bytes);
    else if (!move(tlm::TLM_WRITE_COMMAND, wide(OHM_REG_OUTPUT_LOW), logits, out_bytes))
        return refuse("the logits cannot be written by DMA");
    return true;
}

/* Bursts over the initiator socket; waits for the time they are annotated with. */
bool ChipDevice::move(tlm::tlm_command command, std::uint64_t address, unsigned char *bytes,
                      std::uint64_t length)
{
    tlm::tlm_generic_payload payload;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    for (std::uint64_t done = 0; done < length; done += burst_bytes) {
        const auto n = static_cast<unsigned>(std::min(burst_bytes, length - done));
        payload.set_command(command);
        payload.set_address(address + done);
        payload.set_data_ptr(bytes + done);
        payload.set_data_length(n);
        payload.set_streaming_width(n);
        payload.set_byte_enable_ptr(nullptr);
        payload.set_dmi_allowed(false);
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        dma->b_transport(payload, delay);
        if (payload.is_response_error()) return false;
    }
    wait(delay);
    return true;
}

} // namespace ohm
