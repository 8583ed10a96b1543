/*
 * The floor of race.py: as little as a server can do. One file, "file" of 256 MiB, whose bytes are whatever lies in a buffer; no
 * library, no names, no memory of anything. What it costs is what the kernel, read(2) and write(2) cost.
 *
 *     floor MOUNTPOINT THREADS [NANOSECONDS]
 *
 * With NANOSECONDS it is busy for so long with each request: what a server can reach that does something.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WRITE = 1 << 20, ROOT = 1, FILE_NODEID = 2, FOREVER = 1 << 30 };
static const unsigned long FILE_SIZE = 256ul << 20;

static struct fuse_attr attributes(unsigned long nodeid)
{
	struct fuse_attr attr = { .ino = nodeid, .nlink = 1, .blksize = 4096 };
	attr.mode = nodeid == ROOT ? S_IFDIR | 0755 : S_IFREG | 0644;
	attr.size = nodeid == ROOT ? 0 : FILE_SIZE;
	return attr;
}

/* Writes the structure of the answer, and returns its length, or -errno. */
static int answer(const struct fuse_in_header *in, const void *argument, void *out)
{
	switch (in->opcode) {
	case FUSE_INIT: {
		const struct fuse_init_in *init = argument;
		struct fuse_init_out agreed = { .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION };
		agreed.flags = init->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES);
		agreed.max_readahead = init->max_readahead;
		agreed.max_background = 64;
		agreed.congestion_threshold = 48;
		agreed.max_write = MAX_WRITE;
		agreed.max_pages = MAX_WRITE / 4096;
		agreed.time_gran = 1;
		memcpy(out, &agreed, sizeof agreed);
		return sizeof agreed;
	}
	case FUSE_LOOKUP: {
		if (strcmp(argument, "file") != 0)
			return -ENOENT;
		struct fuse_entry_out entry = { .nodeid = FILE_NODEID, .entry_valid = FOREVER, .attr_valid = FOREVER };
		entry.attr = attributes(FILE_NODEID);
		memcpy(out, &entry, sizeof entry);
		return sizeof entry;
	}
	case FUSE_GETATTR: {
		struct fuse_attr_out found = { .attr_valid = FOREVER, .attr = attributes(in->nodeid) };
		memcpy(out, &found, sizeof found);
		return sizeof found;
	}
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		memset(out, 0, sizeof(struct fuse_open_out));
		return sizeof(struct fuse_open_out);
	case FUSE_READ:
		return ((const struct fuse_read_in *)argument)->size;
	case FUSE_WRITE: {
		struct fuse_write_out written = { .size = ((const struct fuse_write_in *)argument)->size };
		memcpy(out, &written, sizeof written);
		return sizeof written;
	}
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		return 0;
	default:
		return -ENOSYS;
	}
}

static long busy_nanoseconds;

static long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000 + time.tv_nsec;
}

static void be_busy(void)
{
	for (long end = now() + busy_nanoseconds; now() < end;)
		;
}

static int serve(int device, char *in, char *out)
{
	const struct fuse_in_header *request = (const struct fuse_in_header *)in;
	struct fuse_out_header *reply = (struct fuse_out_header *)out;
	if (read(device, in, MAX_WRITE + 4096) < 0)
		return errno == EINTR || errno == ENOENT || errno == EAGAIN;
	if (request->opcode == FUSE_FORGET || request->opcode == FUSE_BATCH_FORGET)
		return 1;
	if (busy_nanoseconds > 0)
		be_busy();
	int length = answer(request, request + 1, reply + 1);
	reply->error = length < 0 ? length : 0;
	reply->len = sizeof *reply + (length < 0 ? 0 : length);
	reply->unique = request->unique;
	return write(device, out, reply->len) >= 0 || errno == ENOENT;
}

static void *loop(void *argument)
{
	int device = *(int *)argument;
	char *in = aligned_alloc(4096, MAX_WRITE + 8192), *out = aligned_alloc(4096, MAX_WRITE + 8192);
	memset(out, 0, MAX_WRITE + 8192);
	while (serve(device, in, out))
		;
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc == 3 || argc == 4 ? atoi(argv[2]) : 0, first = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[128];
	if (threads < 1 || first < 0) {
		fprintf(stderr, "usage: floor MOUNTPOINT THREADS [NANOSECONDS], with /dev/fuse\n");
		return 2;
	}
	busy_nanoseconds = argc == 4 ? atol(argv[3]) : 0;
	pthread_t *ids = calloc(threads, sizeof *ids);
	int *devices = calloc(threads, sizeof *devices);
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", first);
	devices[0] = first;
	if (mount("floor", argv[1], "fuse.floor", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("floor: mount");
		return 1;
	}
	char *buffer = aligned_alloc(4096, MAX_WRITE + 8192), *out = aligned_alloc(4096, MAX_WRITE + 8192);
	serve(first, buffer, out);
	for (int i = 0; i < threads; i++) {
		if (i > 0) {
			devices[i] = open("/dev/fuse", O_RDWR | O_CLOEXEC);
			if (ioctl(devices[i], FUSE_DEV_IOC_CLONE, &first) < 0) {
				perror("floor: FUSE_DEV_IOC_CLONE");
				return 1;
			}
		}
		pthread_create(&ids[i], NULL, loop, &devices[i]);
	}
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	return 0;
}
