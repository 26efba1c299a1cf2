// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flow solver against SimGrid's: random systems, the same rates to 1e-6.
 *
 * SimGrid's solver is reached through its network model without TCP's
 * latencies and factors: a flow is a message across the links it uses, its
 * bound the rate asked for. All systems are disjoint parts of one platform,
 * all messages start at time 0, and what each has moved a moment later is its
 * rate.
 */
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
#include <simgrid/Exception.hpp>
#include <simgrid/s4u.hpp>

/* A C header with a name that C++ keeps for itself. */
#define class class_
extern "C" {
#include "model/flow.h"
}
#undef class

namespace sg4 = simgrid::s4u;

static const int nr_systems = 200;
static const double moment = 1, payload = 1000;

struct flow {
	struct flow_sys *sys;
	int number;
	sg4::Host *from, *to;
	double bound, moved;
};

static uint64_t state = 1;

/* splitmix64 */
static uint64_t rnd()
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static double uniform(double low, double high)
{
	return low + (high - low) * (rnd() >> 11) * 0x1p-53;
}

static void make_system(sg4::NetZone *zone, int number,
			std::vector<flow> &flows)
{
	int nr_links = 1 + rnd() % 12, nr_flows = 1 + rnd() % 30;
	struct flow_sys *sys = flow_new();
	std::vector<sg4::Link *> links;

	for (int i = 0; i < nr_links; i++) {
		double capacity = uniform(1, 100);

		flow_add_resource(sys, capacity);
		links.push_back(zone->create_link("l" + std::to_string(number) +
							  "." +
							  std::to_string(i),
						  capacity)
					->set_latency(0));
	}
	for (int i = 0; i < nr_flows; i++) {
		std::string name = std::to_string(number) + "." +
				   std::to_string(i);
		std::vector<sg4::LinkInRoute> route;
		flow f = { sys, 0, nullptr, nullptr, 0, 0 };

		f.bound = rnd() % 2 ? INFINITY : uniform(0.1, 20);
		f.number = flow_add_class(sys, f.bound, 1);
		for (int l = 0; l < nr_links; l++) {
			if (rnd() % 4 && !(l == nr_links - 1 && route.empty()))
				continue;
			route.emplace_back(links[l]);
			flow_use(sys, f.number, l, 1);
		}
		f.from = zone->create_host("a" + name, 1);
		f.to = zone->create_host("b" + name, 1);
		zone->add_route(f.from->get_netpoint(), f.to->get_netpoint(),
				nullptr, nullptr, route, false);
		flows.push_back(f);
	}
	flow_solve(sys);
}

int main(int argc, char **argv)
{
	sg4::Engine engine(&argc, argv);
	std::vector<flow> flows;
	double worst = 0;

	sg4::Engine::set_config("network/model:CM02");
	sg4::Engine::set_config("network/TCP-gamma:0");
	sg4::Engine::set_config("network/crosstraffic:0");
	sg4::Engine::set_config("network/bandwidth-factor:1");
	sg4::Engine::set_config("network/latency-factor:1");
	sg4::Engine::set_config("network/weight-S:0");
	sg4::Engine::set_config("maxmin/precision:1e-10");

	sg4::NetZone *zone = sg4::create_full_zone("machine");
	for (int i = 0; i < nr_systems; i++)
		make_system(zone, i, flows);
	zone->seal();

	for (size_t i = 0; i < flows.size(); i++) {
		flow &f = flows[i];
		std::string name = std::to_string(i);

		sg4::Actor::create("r" + name, f.to, [name]() {
			try {
				sg4::Mailbox::by_name(name)->get<double>();
			} catch (const simgrid::Exception &) {
				/* Cut off once it has told its rate. */
			}
		})->daemonize();
		sg4::Actor::create("s" + name, f.from, [name, &f]() {
			static double data;
			auto comm =
				sg4::Mailbox::by_name(name)->put_init(&data,
								      payload);

			if (!std::isinf(f.bound))
				comm->set_rate(f.bound);
			comm->start();
			sg4::this_actor::sleep_for(moment);
			f.moved = payload - comm->get_remaining();
			comm->cancel();
		});
	}
	engine.run();

	for (const flow &f : flows) {
		double ours = flow_rate(f.sys, f.number);

		worst = fmax(worst, fabs(f.moved / moment / ours - 1));
	}
	printf("%zu flows in %d systems, largest difference %.1e\n",
	       flows.size(), nr_systems, worst);
	return worst <= 1e-6 ? 0 : 1;
}
