/*
 * The load of race.py: one phase, on a directory, by some threads.
 *
 *     load DIRECTORY PHASE THREADS seconds S     at most S seconds of operations, each of them timed
 *     load DIRECTORY PHASE THREADS count N       N operations a thread
 *
 * It prepares, prints "ready", waits for a line, operates, prints one line of JSON, waits for another line, and removes what
 * it made, but for the file that phases share. What has to be done between two operations (making files that the next ones
 * will remove) is not timed, and is not done in a count of at most BATCH operations.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH = 1000,		/* files that are made or removed at a time */
	LISTED = 10000,		/* entries of a directory that is listed */
	BLOCK = 4096,
	CHUNK = 1 << 20,
	CHUNKS = 256,		/* of the shared file */
	MAX_THREADS = 64,
	BUCKETS = 41 * 32,
};

struct worker {
	int number;
	int dir;		/* its own directory */
	int fd;			/* the shared file */
	char *buffer;
	uint64_t random;
	long next;		/* number of the next operation */
	long made;		/* files that there were so far */
	long done;
	uint64_t elapsed;	/* nanoseconds, but for what is not timed */
	uint32_t latencies[BUCKETS];
};

struct phase {
	const char *name;
	int (*operate)(struct worker *);	/* 0, or -1 and errno */
	void (*prepare)(struct worker *);	/* once */
	void (*between)(struct worker *);	/* before each operation, not timed */
	int flags;				/* of opening the shared file */
	long bytes;				/* of data, in one operation */
};

static const struct phase *phase;
static int base;
static double seconds;
static long count;
static pthread_barrier_t start;

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s: %s\n", phase ? phase->name : "start", what, strerror(errno));
	exit(1);
}

static int checked(int result, const char *what)
{
	if (result < 0)
		fail(what);
	return result;
}

static uint64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static uint64_t chance(struct worker *worker)
{
	/* xorshift */
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	return worker->random ^= worker->random << 17;
}

/* ---- latencies: a float has the logarithm in its upper bits; 32 buckets for each power of two, so at most 1.6 % off ---- */

static int bucket(uint64_t nanos)
{
	union { float value; uint32_t bits; } number = { .value = nanos ? nanos : 1 };
	int index = (int)(number.bits >> 18) - (127 << 5);
	return index < BUCKETS ? index : BUCKETS - 1;
}

static double middle(int index)
{
	union { uint32_t bits; float value; } number = { .bits = (uint32_t)(index + (127 << 5)) << 18 | 1 << 17 };
	return number.value;
}

static double percentile_micros(const uint64_t *latencies, long done, double part)
{
	uint64_t seen = 0;
	for (int i = 0; i < BUCKETS; i++) {
		seen += latencies[i];
		if (seen > 0 && seen >= part * done)
			return middle(i) / 1000;
	}
	return 0;
}

/* ---- names ---- */

static const char *name(char letter, long number)
{
	static _Thread_local char text[32];
	snprintf(text, sizeof text, "%c%ld", letter, number);
	return text;
}

static int make_file(struct worker *worker, long number)
{
	int fd = openat(worker->dir, name('f', number), O_CREAT | O_EXCL | O_WRONLY, 0644);
	return fd < 0 ? -1 : close(fd);
}

static int make_directory(struct worker *worker, long number)
{
	return mkdirat(worker->dir, name('f', number), 0755);
}

static void make_files(struct worker *worker, long files)
{
	for (; worker->made < files; worker->made++)
		checked(make_file(worker, worker->made), "create");
}

static int getattr(struct worker *worker)
{
	struct statx attributes;
	return statx(worker->fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &attributes);
}

static int lookup_miss(struct worker *worker)
{
	struct stat attributes;
	char missing[64];
	snprintf(missing, sizeof missing, "none-%d-%d-%ld", getpid(), worker->number, worker->next++);
	if (fstatat(base, missing, &attributes, 0) == 0)
		return errno = EEXIST, -1;
	return errno == ENOENT ? 0 : -1;
}

static int stat_by_name(struct worker *worker)
{
	struct stat attributes;
	return fstatat(worker->dir, name('f', worker->next++ % BATCH), &attributes, 0);
}

static void some_files(struct worker *worker)
{
	make_files(worker, BATCH);
	for (int i = 0; i < BATCH; i++) {
		int fd = checked(openat(worker->dir, name('f', i), O_WRONLY), "open");
		checked(write(fd, worker->buffer, BLOCK), "write");
		close(fd);
		/* The attributes are known again. */
		checked(stat_by_name(worker), "stat");
	}
}

static int open_and_read(struct worker *worker)
{
	int fd = openat(worker->dir, name('f', worker->next++ % BATCH), O_RDONLY);
	if (fd < 0 || pread(fd, worker->buffer, BLOCK, 0) != BLOCK)
		return -1;
	return close(fd);
}

static int create(struct worker *worker)
{
	return make_file(worker, worker->made++);
}

static int make_one_directory(struct worker *worker)
{
	return make_directory(worker, worker->made++);
}

static void remove_batch(struct worker *worker, int flags)
{
	if (worker->made - worker->next == BATCH)
		for (; worker->next < worker->made; worker->next++)
			checked(unlinkat(worker->dir, name('f', worker->next), flags), "remove");
}

static void remove_files(struct worker *worker)
{
	remove_batch(worker, 0);
}

static void remove_directories(struct worker *worker)
{
	remove_batch(worker, AT_REMOVEDIR);
}

static void files_to_remove(struct worker *worker)
{
	if (worker->next == worker->made)
		make_files(worker, worker->made + BATCH);
}

static void directories_to_remove(struct worker *worker)
{
	if (worker->next == worker->made)
		for (long end = worker->made + BATCH; worker->made < end; worker->made++)
			checked(make_directory(worker, worker->made), "mkdir");
}

static int remove_file(struct worker *worker)
{
	return unlinkat(worker->dir, name('f', worker->next++), 0);
}

static int remove_directory(struct worker *worker)
{
	return unlinkat(worker->dir, name('f', worker->next++), AT_REMOVEDIR);
}

static void one_file(struct worker *worker)
{
	make_files(worker, 1);
}

static int rename_file(struct worker *worker)
{
	char old[32];
	strcpy(old, name('f', worker->next++));
	return renameat(worker->dir, old, worker->dir, name('f', worker->next));
}

static void files_to_list(struct worker *worker)
{
	make_files(worker, LISTED);
}

static int list(struct worker *worker, int with_attributes)
{
	struct dirent *entry;
	struct stat attributes;
	long entries = 0;
	int fd = openat(worker->dir, ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		entries++;
		if (with_attributes && fstatat(fd, entry->d_name, &attributes, AT_SYMLINK_NOFOLLOW) < 0)
			return -1;
	}
	if (entries != LISTED + 2)
		return errno = ENOTEMPTY, -1;
	return closedir(dir);
}

static int list_names(struct worker *worker)
{
	return list(worker, 0);
}

static int list_attributes(struct worker *worker)
{
	return list(worker, 1);
}

/* The kernel forgets names and attributes, so that the server is asked for them. */
static void drop_names(struct worker *worker)
{
	(void)worker;
	int fd = checked(open("/proc/sys/vm/drop_caches", O_WRONLY), "drop_caches");
	checked(write(fd, "2", 1), "drop_caches");
	close(fd);
}

/* ---- data ---- */

static void rewind_at_end(struct worker *worker)
{
	if (worker->next % CHUNKS == 0) {
		checked(lseek(worker->fd, 0, SEEK_SET), "lseek");
		/* What was read does not stay in the page cache; pages of tmpfs are no cache, and stay. */
		posix_fadvise(worker->fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	worker->next++;
}

static int write_chunk(struct worker *worker)
{
	return write(worker->fd, worker->buffer, CHUNK) == CHUNK ? 0 : -1;
}

static int read_chunk(struct worker *worker)
{
	return read(worker->fd, worker->buffer, CHUNK) == CHUNK ? 0 : -1;
}

static off_t anywhere(struct worker *worker)
{
	return (off_t)(chance(worker) % ((long)CHUNKS * CHUNK / BLOCK)) * BLOCK;
}

static int read_anywhere(struct worker *worker)
{
	return pread(worker->fd, worker->buffer, BLOCK, anywhere(worker)) == BLOCK ? 0 : -1;
}

static int write_anywhere(struct worker *worker)
{
	return pwrite(worker->fd, worker->buffer, BLOCK, anywhere(worker)) == BLOCK ? 0 : -1;
}

/* With flags of opening: a phase on the shared file, and without a directory of its own. */
static const struct phase PHASES[] = {
	{ "getattr", getattr, .flags = O_RDONLY },
	{ "lookup_miss", lookup_miss, .flags = O_RDONLY },
	{ "stat", stat_by_name, some_files, .flags = -1 },
	{ "openread", open_and_read, some_files, .flags = -1 },
	{ "create", create, .between = remove_files, .flags = -1 },
	{ "unlink", remove_file, .between = files_to_remove, .flags = -1 },
	{ "mkdir", make_one_directory, .between = remove_directories, .flags = -1 },
	{ "rmdir", remove_directory, .between = directories_to_remove, .flags = -1 },
	{ "rename", rename_file, one_file, .flags = -1 },
	{ "readdir", list_names, files_to_list, .flags = -1 },
	{ "readdir_cold", list_names, files_to_list, .between = drop_names, .flags = -1 },
	{ "ls_l", list_attributes, files_to_list, .flags = -1 },
	{ "ls_l_cold", list_attributes, files_to_list, .between = drop_names, .flags = -1 },
	{ "seqwrite", write_chunk, .between = rewind_at_end, .flags = O_RDWR, .bytes = CHUNK },
	{ "seqread", read_chunk, .between = rewind_at_end, .flags = O_RDWR, .bytes = CHUNK },
	{ "seqwrite_direct", write_chunk, .between = rewind_at_end, .flags = O_RDWR | O_DIRECT, .bytes = CHUNK },
	{ "seqread_direct", read_chunk, .between = rewind_at_end, .flags = O_RDWR | O_DIRECT, .bytes = CHUNK },
	{ "randread", read_anywhere, .flags = O_RDWR | O_DIRECT, .bytes = BLOCK },
	{ "randwrite", write_anywhere, .flags = O_RDWR | O_DIRECT, .bytes = BLOCK },
};

/* ---- the run ---- */

static const char *directory_name(const struct worker *worker)
{
	static _Thread_local char text[64];
	snprintf(text, sizeof text, "%s-%d", phase->name, worker->number);
	return text;
}

static void prepare(struct worker *worker, int number)
{
	worker->number = number;
	worker->random = 0x9E3779B97F4A7C15 * (number + 1);
	worker->buffer = aligned_alloc(BLOCK, CHUNK);
	memset(worker->buffer, 'a' + number, CHUNK);
	if (phase->flags >= 0) {
		worker->fd = checked(openat(base, "file", phase->flags), "open the shared file");
	} else {
		checked(mkdirat(base, directory_name(worker), 0755), "mkdir");
		worker->dir = checked(openat(base, directory_name(worker), O_RDONLY | O_DIRECTORY), "open");
	}
	if (phase->prepare)
		phase->prepare(worker);
	if (count && phase->between && phase->between != drop_names)
		phase->between(worker);
}

/* The shared file is there, and if its bytes are used, with all of them: who does not know write(2) has to bring it along. */
static void prepare_shared_file(char *buffer)
{
	struct stat attributes;
	int exists = fstatat(base, "file", &attributes, 0) == 0;
	if (exists && (phase->bytes == 0 || attributes.st_size >= (off_t)CHUNKS * CHUNK))
		return;
	int fd = checked(openat(base, "file", O_WRONLY | O_CREAT, 0644), "make the shared file");
	for (int i = 0; phase->bytes && i < CHUNKS; i++)
		if (write(fd, buffer, CHUNK) != CHUNK)
			fail("fill the shared file");
	close(fd);
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	/* Of one time for all: who gets no processor yet is waiting already. */
	uint64_t enough = (uint64_t)(seconds * 1e9), begin = now(), untimed = 0;
	pthread_barrier_wait(&start);
	while (count ? worker->done < count : worker->elapsed < enough && worker->elapsed + untimed < 3 * enough) {
		if (phase->between && (!count || phase->between == drop_names || phase->bytes)) {
			uint64_t before = now();
			phase->between(worker);
			untimed += now() - before;
		}
		uint64_t before = now();
		if (phase->operate(worker) < 0)
			fail("the operation");
		uint64_t after = now();
		worker->latencies[bucket(after - before)]++;
		worker->elapsed = after - begin - untimed;
		worker->done++;
	}
	return NULL;
}

static void clean_up(struct worker *worker)
{
	if (phase->flags >= 0)
		return;
	struct dirent *entry;
	DIR *dir = fdopendir(worker->dir);
	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			checked(unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR), "clean up");
	closedir(dir);
	checked(unlinkat(base, directory_name(worker), AT_REMOVEDIR), "clean up");
}

static void await_line(void)
{
	for (int c = getchar(); c != '\n' && c != EOF; c = getchar())
		;
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: load DIRECTORY PHASE THREADS seconds|count NUMBER\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof PHASES / sizeof *PHASES; i++)
		if (strcmp(PHASES[i].name, argv[2]) == 0)
			phase = &PHASES[i];
	int threads = atoi(argv[3]);
	if (strcmp(argv[4], "count") == 0)
		count = atol(argv[5]);
	else
		seconds = atof(argv[5]);
	if (!phase || threads < 1 || threads > MAX_THREADS || count > BATCH || (!count && seconds <= 0)) {
		fprintf(stderr, "load: no such phase, or a number out of range\n");
		return 2;
	}
	base = checked(open(argv[1], O_RDONLY | O_DIRECTORY), argv[1]);

	struct worker *workers = calloc(threads, sizeof *workers);
	char *zeros = calloc(1, CHUNK);
	if (phase->flags >= 0)
		prepare_shared_file(zeros);
	for (int i = 0; i < threads; i++)
		prepare(&workers[i], i);
	printf("ready\n");
	fflush(stdout);
	await_line();

	pthread_t ids[MAX_THREADS];
	pthread_barrier_init(&start, NULL, threads);
	for (int i = 0; i < threads; i++)
		if ((errno = pthread_create(&ids[i], NULL, run, &workers[i])) != 0)
			fail("start a thread");
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);

	static uint64_t latencies[BUCKETS];
	long done = 0;
	double rate = 0;
	for (int i = 0; i < threads; i++) {
		done += workers[i].done;
		rate += workers[i].done / (workers[i].elapsed / 1e9);
		for (int j = 0; j < BUCKETS; j++)
			latencies[j] += workers[i].latencies[j];
	}
	printf("{\"operations\": %ld, \"rate\": %.1f, \"bytes\": %ld, \"p50\": %.2f, \"p99\": %.2f, \"p999\": %.2f}\n", done, rate,
		phase->bytes, percentile_micros(latencies, done, .5), percentile_micros(latencies, done, .99),
		percentile_micros(latencies, done, .999));
	fflush(stdout);
	await_line();
	for (int i = 0; i < threads; i++)
		clean_up(&workers[i]);
	return 0;
}
