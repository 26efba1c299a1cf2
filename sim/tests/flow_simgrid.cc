// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flow solver against SimGrid's: random systems, the same rates to 1e-6.
 * Then rings of nodes where each writes to all others, with the time that both
 * take. SimGrid's has its actors and messages in it; so it is timed once more
 * with as many flows that share nothing.
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
#include <ctime>
#include <string>
#include <vector>
#include <sys/wait.h>
#include <unistd.h>
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

static double cpu_ms()
{
	return clock() * 1e3 / CLOCKS_PER_SEC;
}

/*
 * A ring of nodes: each writes to the memory of each other one, the short way.
 * If @shared is false, each flow has a link of its own instead.
 */
static double make_ring(sg4::NetZone *zone, int nodes, bool shared,
			std::vector<flow> &flows)
{
	struct flow_sys *sys = flow_new();
	std::vector<sg4::Link *> links;
	int nr = shared ? 3 * nodes : nodes * nodes;

	for (int i = 0; i < nr; i++) {
		double capacity = uniform(20, 60);

		flow_add_resource(sys, capacity);
		links.push_back(
			zone->create_link("l" + std::to_string(i), capacity)
				->set_latency(0));
	}
	for (int i = 0; i < nodes * nodes; i++) {
		int from = i / nodes, to = i % nodes;
		int way = (to - from + nodes) % nodes;
		bool back = way > nodes / 2;
		std::vector<sg4::LinkInRoute> route;
		flow f = { sys, 0, nullptr, nullptr, uniform(0.1, 4), 0 };

		if (from == to)
			continue;
		f.number = flow_add_class(sys, f.bound, 1);
		route.emplace_back(links[shared ? to : i]);
		flow_use(sys, f.number, shared ? to : i, 1);
		for (int k = 0; shared && k < (back ? nodes - way : way); k++) {
			int at = back ? 2 * nodes + (from - k + nodes) % nodes :
					nodes + (from + k) % nodes;

			route.emplace_back(links[at]);
			flow_use(sys, f.number, at, 1);
		}
		f.from = zone->create_host("a" + std::to_string(i), 1);
		f.to = zone->create_host("b" + std::to_string(i), 1);
		zone->add_route(f.from->get_netpoint(), f.to->get_netpoint(),
				nullptr, nullptr, route, false);
		flows.push_back(f);
	}
	double start = cpu_ms();

	flow_solve(sys);
	return cpu_ms() - start;
}

static void configure()
{
	sg4::Engine::set_config("network/model:CM02");
	sg4::Engine::set_config("network/TCP-gamma:0");
	sg4::Engine::set_config("network/crosstraffic:0");
	sg4::Engine::set_config("network/bandwidth-factor:1");
	sg4::Engine::set_config("network/latency-factor:1");
	sg4::Engine::set_config("network/weight-S:0");
	sg4::Engine::set_config("maxmin/precision:1e-10");
}

/* How far the rates are apart, once SimGrid has run for a moment. */
static double compare(sg4::Engine &engine, std::vector<flow> &flows, double *ms)
{
	double worst = 0;

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

	*ms = cpu_ms();
	engine.run();
	*ms = cpu_ms() - *ms;

	for (const flow &f : flows) {
		double ours = flow_rate(f.sys, f.number);

		worst = fmax(worst, fabs(f.moved / moment / ours - 1));
	}
	return worst;
}

/* An engine a process: SimGrid has no second one. */
static double ring(int argc, char **argv, int nodes, bool shared, double *ms,
		   double *ours_ms)
{
	double result[3] = { INFINITY };
	int fd[2];

	fflush(stdout);
	if (pipe(fd))
		return INFINITY;
	if (!fork()) {
		sg4::Engine engine(&argc, argv);
		std::vector<flow> flows;

		configure();
		sg4::NetZone *zone = sg4::create_full_zone("machine");
		result[2] = make_ring(zone, nodes, shared, flows);
		zone->seal();
		result[0] = compare(engine, flows, &result[1]);
		_exit(write(fd[1], result, sizeof(result)) < 0);
	}
	close(fd[1]);
	if (read(fd[0], result, sizeof(result)) < 0)
		result[0] = INFINITY;
	close(fd[0]);
	wait(nullptr);
	*ms = result[1];
	*ours_ms = result[2];
	return result[0];
}

int main(int argc, char **argv)
{
	double worst = 0, ms, alone_ms, ours_ms, unused;
	std::vector<flow> flows;

	for (int nodes : { 8, 16, 32 }) {
		double apart = ring(argc, argv, nodes, true, &ms, &ours_ms);

		worst = fmax(worst, apart);
		ring(argc, argv, nodes, false, &alone_ms, &unused);
		printf("ring of %d nodes, %d flows: %.1f ms; SimGrid %.0f ms, of which %.0f ms without sharing; largest difference %.1e\n",
		       nodes, nodes * (nodes - 1), ours_ms, ms, alone_ms,
		       apart);
	}

	sg4::Engine engine(&argc, argv);

	configure();
	sg4::NetZone *zone = sg4::create_full_zone("machine");
	for (int i = 0; i < nr_systems; i++)
		make_system(zone, i, flows);
	zone->seal();
	worst = fmax(worst, compare(engine, flows, &ms));
	printf("%zu flows in %d systems, largest difference %.1e\n",
	       flows.size(), nr_systems, worst);
	return worst <= 1e-6 ? 0 : 1;
}
