/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_MVA_H
#define SIM_MODEL_MVA_H

/*
 * Mean value analysis: how much writers that share one memory slow each other
 * down.
 */
void mva_slowdown(double alone_ns, double service_ns, unsigned int writers,
		  double *slowdown);
double mva_page_ns(double alone_ns, double service_ns, unsigned int writers);

#endif /* SIM_MODEL_MVA_H */
