/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A platform around the device under test: a host that runs a test's program, a memory, a checker
 * of the base protocol on either side, and the batch engine's answer. */
#ifndef OHM_TESTS_SIM_PLATFORM_DEVICE_BENCH_H
#define OHM_TESTS_SIM_PLATFORM_DEVICE_BENCH_H

#include "sim/platform/tlm_device.h"
#include "tests/sim/platform/tlm_checker.h"

#include <functional>

#include "tests/sim/platform/platform_support.h" /* last: Check defines a macro `fail` */

const random_graph_shape device_model = {2, 8, 2, 1, 4, 8, 8, 8, false, true, false, false};
enum { SEQUENCES = 3, LENGTH = 9, MEMORY = 1 << 16 };

/* Memory of the platform: 1 us for every burst, an error beyond its end. */
struct Memory : sc_core::sc_module {
    tlm_utils::simple_target_socket<Memory> socket;
    std::vector<unsigned char> bytes;
    unsigned bursts = 0;
    std::vector<sc_core::sc_time> times; /* of the bursts, local to who sent them */

    explicit Memory(sc_core::sc_module_name name) : sc_module(name), socket("socket"), bytes(MEMORY)
    {
        socket.register_b_transport(this, &Memory::transport);
    }
    void transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay)
    {
        ++bursts;
        times.push_back(sc_core::sc_time_stamp() + delay);
        delay += sc_core::sc_time(1, sc_core::SC_US);
        if (p.get_data_length() > bytes.size() ||
            p.get_address() > bytes.size() - p.get_data_length()) {
            p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        unsigned char *at = bytes.data() + p.get_address();
        if (p.is_read())
            memcpy(p.get_data_ptr(), at, p.get_data_length());
        else
            memcpy(at, p.get_data_ptr(), p.get_data_length());
        p.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

/* The processor: runs a test's program in a thread. */
struct Host : sc_core::sc_module {
    OHM_HAS_PROCESS(Host);
    tlm_utils::simple_initiator_socket<Host> socket;
    sc_core::sc_in<bool> interrupt;
    std::function<void(Host &)> program;
    bool finished = false;
    sc_core::sc_time delay;

    explicit Host(sc_core::sc_module_name name)
        : sc_module(name), socket("socket"), interrupt("interrupt")
    {
        SC_THREAD(run);
    }
    void run()
    {
        program(*this);
        finished = true;
    }
    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, void *data,
                                    unsigned length)
    {
        tlm::tlm_generic_payload p;
        delay = sc_core::SC_ZERO_TIME;
        p.set_command(command);
        p.set_address(address);
        p.set_data_ptr(static_cast<unsigned char *>(data));
        p.set_data_length(length);
        p.set_streaming_width(length);
        p.set_byte_enable_ptr(nullptr);
        p.set_dmi_allowed(false);
        p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        socket->b_transport(p, delay);
        wait(delay);
        return p.get_response_status();
    }
    void write(std::uint64_t address, std::uint32_t value)
    {
        ck_assert_int_eq(access(tlm::TLM_WRITE_COMMAND, address, &value, 4), tlm::TLM_OK_RESPONSE);
    }
    std::uint32_t read(std::uint64_t address)
    {
        std::uint32_t value = 0;
        ck_assert_int_eq(access(tlm::TLM_READ_COMMAND, address, &value, 4), tlm::TLM_OK_RESPONSE);
        return value;
    }
    void sizes()
    {
        write(OHM_REG_SEQUENCES, SEQUENCES);
        write(OHM_REG_LENGTH, LENGTH);
        write(OHM_REG_FIRST_LOW, 0);
    }
    /* STATUS when it is no longer busy. */
    std::uint32_t poll()
    {
        std::uint32_t status;
        while ((status = read(OHM_REG_STATUS)) & OHM_STATUS_BUSY) {
        }
        return status;
    }
};

/* Differences from the default bench: different lengths, between 1 and LENGTH, or another chip. */
struct Special {
    bool is_uneven = false;
    std::function<void(ohm_chip_config &)> change;
};

/* Chip and batch engine; a device and its surroundings are made from it. */
struct DeviceChip {
    bench_chip b;
    std::int32_t want[SEQUENCES * 10];
    std::vector<float> inputs;                                         /* without gaps */
    std::uint32_t lengths[SEQUENCES], first_step[SEQUENCES + 1] = {0}; /* among all steps */

    explicit DeviceChip(const Special &special = {})
    {
        ohm::set_time_resolution();
        sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_THROW);
        sc_core::sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", sc_core::SC_THROW);
        ohm_chip_config c = default_chip();
        set_chip(&c, "device.model", "pcm_joshi2020");
        if (special.change) special.change(c);
        make_chip(&b, random_graph_make(&device_model, 3), &c, SEQUENCES, LENGTH, 3);
        for (std::size_t i = 0; i < SEQUENCES; ++i) {
            const std::size_t most = LENGTH, steps = special.is_uneven ? 4 * i % most + 1 : most;
            b.sequences.inputs[i] =
                static_cast<float *>(realloc(b.sequences.inputs[i], LENGTH * 2 * sizeof(float)));
            for (std::size_t k = b.sequences.lengths[i] * 2; k < LENGTH * 2; ++k)
                b.sequences.inputs[i][k] = static_cast<float>(k % 5) * 0.2F - 0.4F;
            b.sequences.lengths[i] = lengths[i] = static_cast<std::uint32_t>(steps);
            first_step[i + 1] = first_step[i] + lengths[i];
            inputs.insert(inputs.end(), b.sequences.inputs[i], b.sequences.inputs[i] + steps * 2);
        }
        run_batch_with_maintenance();
    }
    /* One by one, the last first; the chip ends in its state for the first. */
    void run_batch_with_maintenance()
    {
        ohm_err err;
        bench_chip one = b;
        one.sequences.count = 1;
        for (std::size_t i = SEQUENCES; i-- > 0;) {
            OK(ohm_chip_advance_to_sequence(b.chip, b.sequences.index[i], &err));
            one.sequences.inputs = b.sequences.inputs + i;
            one.sequences.lengths = b.sequences.lengths + i;
            one.sequences.index = b.sequences.index + i;
            run_batch(&one, want + i * 4);
        }
    }
    ~DeviceChip() { drop_chip(&b); }
    DeviceChip(const DeviceChip &) = delete;
    DeviceChip &operator=(const DeviceChip &) = delete;

    unsigned input_bytes() const { return static_cast<unsigned>(inputs.size() * sizeof inputs[0]); }
    void expect_logits(const void *got) const
    {
        ck_assert_mem_eq(got, want, SEQUENCES * 4 * sizeof want[0]);
    }
};

struct Platform : DeviceChip {
    sc_core::sc_signal<bool> line;
    ohm::ChipDevice device;
    Memory memory;
    Host host;
    TlmChecker registers, dma;

    explicit Platform(const Special &special = {})
        : DeviceChip(special), line("line"), device("device", b.chip, &b.costs), memory("memory"),
          host("host"), registers("registers_checker"), dma("dma_checker")
    {
        device.interrupt(line);
        host.interrupt(line);
        host.socket.bind(registers.initiator_side);
        registers.target_side.bind(device.registers);
        device.dma.bind(dma.initiator_side);
        dma.target_side.bind(memory.socket);
    }
    /* Runs a program to its end; both checkers must have found nothing. */
    void run(std::function<void(Host &)> program)
    {
        host.program = std::move(program);
        sc_core::sc_start();
        ck_assert(host.finished);
        for (const TlmChecker *checker : {&registers, &dma})
            for (const std::string &line_ : checker->violations())
                ck_abort_msg("%s: %s", checker->name(), line_.c_str());
    }
};

#endif
