/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_VERBS_H
#define SIM_CLI_VERBS_H

/*
 * The verbs, each in the file of its name. argv[0] is the verb itself.
 *
 * Return: the exit status: 0; 1 for a failure that is not the input's.
 */
int verb_time(int argc, char **argv);
int verb_alloc(int argc, char **argv);
int verb_predict(int argc, char **argv);
int verb_validate(int argc, char **argv);
int verb_advise(int argc, char **argv);
int verb_sweep(int argc, char **argv);
int verb_machine(int argc, char **argv);
int verb_calibrate(int argc, char **argv);
int verb_layout(int argc, char **argv);
int verb_numa(int argc, char **argv);

#endif /* SIM_CLI_VERBS_H */
