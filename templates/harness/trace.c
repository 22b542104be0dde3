/*
 * A plugin for QEMU (-plugin trace.so,stamp=A,stack=A:B,skip=A:B,...,out=F) that sees all accesses to memory, from
 * each call of harness_stamp to the next. F gets a line for each such span: the bytes that were loaded, and the
 * lowest and the highest address accessed in the stack, 0 if none was. Addresses are decimal; instructions in a
 * skipped range, the harness's own code, do not count.
 *
 * The interface is version 1 of QEMU's, whose header few distributions bring.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
unsigned qemu_plugin_mem_size_shift(uint32_t info);
bool qemu_plugin_mem_is_store(uint32_t info);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*call)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*call)(unsigned, void *), int flags,
                                            void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                      void (*call)(unsigned, uint32_t, uint64_t, void *), int flags, int access,
                                      void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*call)(plugin_id, void *), void *data);

enum { NO_REGISTERS = 0, LOADS_AND_STORES = 3, MAX_SKIPPED = 8, MAX_SPANS = 65536 };

static uint64_t stamp;
struct range {
  uint64_t from, to;
};
static struct range stack;
static struct range skipped[MAX_SKIPPED];
static size_t skipped_count;
static struct {
  uint64_t loaded, lowest, highest;
} spans[MAX_SPANS];
static size_t span;
static char out[4096];

static void on_stamp(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  if (span + 1 < MAX_SPANS) {
    span++;
  }
}

static void on_access(unsigned cpu, uint32_t info, uint64_t address, void *data) {
  (void)cpu;
  (void)data;
  const uint64_t size = (uint64_t)1 << qemu_plugin_mem_size_shift(info);
  if (!qemu_plugin_mem_is_store(info)) {
    spans[span].loaded += size;
  }
  if (address < stack.from || address >= stack.to) {
    return;
  }
  if (spans[span].lowest == 0 || address < spans[span].lowest) {
    spans[span].lowest = address;
  }
  if (address + size > spans[span].highest) {
    spans[span].highest = address + size;
  }
}

static bool is_skipped(uint64_t address) {
  for (size_t i = 0; i < skipped_count; i++) {
    if (address >= skipped[i].from && address < skipped[i].to) {
      return true;
    }
  }
  return false;
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *tb) {
  (void)id;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
    struct qemu_plugin_insn *const insn = qemu_plugin_tb_get_insn(tb, i);
    const uint64_t address = qemu_plugin_insn_vaddr(insn);
    if (address == stamp) {
      qemu_plugin_register_vcpu_insn_exec_cb(insn, on_stamp, NO_REGISTERS, NULL);
    }
    if (!is_skipped(address)) {
      qemu_plugin_register_vcpu_mem_cb(insn, on_access, NO_REGISTERS, LOADS_AND_STORES, NULL);
    }
  }
}

static void write_spans(plugin_id id, void *data) {
  (void)id;
  (void)data;
  FILE *const file = fopen(out, "w");
  if (file == NULL) {
    return;
  }
  for (size_t i = 1; i < span; i++) {
    fprintf(file, "%llu %llu %llu\n", (unsigned long long)spans[i].loaded, (unsigned long long)spans[i].lowest,
            (unsigned long long)spans[i].highest);
  }
  fclose(file);
}

static struct range read_range(const char *text) {
  char *end;
  const uint64_t from = strtoull(text, &end, 10);
  return (struct range){from, strtoull(*end == ':' ? end + 1 : end, NULL, 10)};
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
  (void)info;
  for (int i = 0; i < argc; i++) {
    if (strncmp(argv[i], "stamp=", 6) == 0) {
      stamp = strtoull(argv[i] + 6, NULL, 10);
    } else if (strncmp(argv[i], "skip=", 5) == 0 && skipped_count < MAX_SKIPPED) {
      skipped[skipped_count++] = read_range(argv[i] + 5);
    } else if (strncmp(argv[i], "stack=", 6) == 0) {
      stack = read_range(argv[i] + 6);
    } else if (strncmp(argv[i], "out=", 4) == 0) {
      snprintf(out, sizeof out, "%s", argv[i] + 4);
    } else {
      return -1;
    }
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
  qemu_plugin_register_atexit_cb(id, write_spans, NULL);
  return 0;
}
