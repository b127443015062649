/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The units of a chip that the controller drives. */
#ifndef OHM_SIM_PLATFORM_CHIP_PARTS_H
#define OHM_SIM_PLATFORM_CHIP_PARTS_H

#include "sim/platform/host_port.h"
#include "tiles/sc/digital_unit.h"
#include "tiles/sc/network.h"
#include "tiles/sc/tile.h"

#include <memory>
#include <vector>

namespace ohm
{

struct ChipParts {
    std::unique_ptr<HostPort> host;
    std::vector<std::unique_ptr<Tile>> tiles;
    std::vector<std::unique_ptr<DigitalUnit>> units;
    std::unique_ptr<Network> network;
};

} // namespace ohm

#endif
