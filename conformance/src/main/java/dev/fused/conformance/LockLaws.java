package dev.fused.conformance;

import static dev.fused.conformance.NameLaws.same;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.LockIn;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.ReleaseIn;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;

/** Locks that the server keeps, for those that ask to. */
final class LockLaws {
  private static final long FIRST = 11;
  private static final long SECOND = 22;

  private LockLaws() {}

  @Law(value = Opcode.GETLK, needs = InitFlag.POSIX_LOCKS)
  static void getlkFindsNoLockWhereNoneIs(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    same("type", getlk(client, file, FIRST, lock(0, 9, FileLock.WRITE)).type(), FileLock.UNLOCK);
  }

  @Law(value = Opcode.GETLK, needs = InitFlag.POSIX_LOCKS)
  static void getlkNamesTheLockInTheWay(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    setlk(client, file, FIRST, lock(10, 19, FileLock.WRITE)).ok();
    FileLock found = getlk(client, file, SECOND, lock(0, 99, FileLock.READ));
    same("type", found.type(), FileLock.WRITE);
    same("start", found.start(), 10);
    same("end", found.end(), 19);
  }

  @Law(value = Opcode.GETLK, needs = InitFlag.POSIX_LOCKS)
  static void getlkDoesNotSeeTheOwnersOwnLock(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    setlk(client, file, FIRST, lock(10, 19, FileLock.WRITE)).ok();
    same("type", getlk(client, file, FIRST, lock(0, 99, FileLock.WRITE)).type(), FileLock.UNLOCK);
  }

  @Law(value = Opcode.SETLK, needs = InitFlag.POSIX_LOCKS)
  static void setlkFailsIfAnotherOwnerHasTheLock(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    setlk(client, file, FIRST, lock(0, 9, FileLock.WRITE)).ok();
    setlk(client, file, SECOND, lock(5, 5, FileLock.READ)).fails(Errno.EAGAIN, Errno.EACCES);
  }

  @Law(value = Opcode.SETLK, needs = InitFlag.POSIX_LOCKS)
  static void readersShareALock(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    setlk(client, file, FIRST, lock(0, 9, FileLock.READ)).ok();
    setlk(client, file, SECOND, lock(0, 9, FileLock.READ)).ok();
  }

  @Law(value = Opcode.SETLK, needs = InitFlag.POSIX_LOCKS)
  static void unlockingPartOfARangeFreesThatPart(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    setlk(client, file, FIRST, lock(0, 99, FileLock.WRITE)).ok();
    setlk(client, file, FIRST, lock(40, 59, FileLock.UNLOCK)).ok();
    setlk(client, file, SECOND, lock(40, 59, FileLock.WRITE)).ok();
    setlk(client, file, SECOND, lock(60, 60, FileLock.WRITE)).fails(Errno.EAGAIN, Errno.EACCES);
  }

  @Law(value = Opcode.FLUSH, needs = InitFlag.POSIX_LOCKS)
  static void flushDropsTheLocksOfItsOwner(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    setlk(client, file, FIRST, lock(0, 9, FileLock.WRITE)).ok();
    client
        .kernel()
        .call(new Flush(client.header(Opcode.FLUSH, file.nodeid()), file.fh(), FIRST))
        .ok();
    setlk(client, file, SECOND, lock(0, 9, FileLock.WRITE)).ok();
  }

  @Law(value = Opcode.SETLKW, needs = InitFlag.POSIX_LOCKS)
  static void setlkwOfAFreeRangeIsAnsweredAtOnce(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    client.kernel().call(setlkw(client, file, SECOND, lock(0, 9, FileLock.WRITE))).ok();
  }

  @Law(value = Opcode.SETLKW, needs = InitFlag.POSIX_LOCKS)
  static void setlkwIsAnsweredWhenTheLockIsFree(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    setlk(client, file, FIRST, lock(0, 9, FileLock.WRITE)).ok();
    Setlkw waiting = setlkw(client, file, SECOND, lock(0, 9, FileLock.WRITE));
    client.kernel().send(waiting);
    client.attributes(Client.ROOT);
    if (client.kernel().isAnswered(waiting.unique())) {
      throw new LawBroken("SETLKW was answered while another owner had the lock");
    }
    setlk(client, file, FIRST, lock(0, 9, FileLock.UNLOCK)).ok();
    client.kernel().await(waiting.unique()).ok();
  }

  @Law(value = Opcode.SETLK, needs = InitFlag.FLOCK_LOCKS)
  static void flockFailsIfAnotherOpenFileHasTheLock(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    Client.OpenFile other = client.open(file.nodeid(), Client.O_RDWR);
    FileLock all = lock(0, FileLock.TO_END_OF_FILE, FileLock.WRITE);
    flock(client, file, FIRST, all).ok();
    flock(client, other, SECOND, all).fails(Errno.EAGAIN);
  }

  @Law(value = Opcode.RELEASE, needs = InitFlag.FLOCK_LOCKS)
  static void releaseDropsTheFlockOfItsOwner(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    Client.OpenFile other = client.open(file.nodeid(), Client.O_RDWR);
    FileLock all = lock(0, FileLock.TO_END_OF_FILE, FileLock.WRITE);
    flock(client, file, FIRST, all).ok();
    client
        .kernel()
        .call(
            new Release(
                client.header(Opcode.RELEASE, file.nodeid()),
                file.fh(),
                Client.O_RDWR,
                ReleaseIn.FLOCK_UNLOCK,
                FIRST))
        .ok();
    flock(client, other, SECOND, all).ok();
  }

  private static FileLock lock(long start, long end, int type) {
    return new FileLock(start, end, type, 1);
  }

  private static Answer setlk(Client client, Client.OpenFile file, long owner, FileLock lock) {
    return client.kernel().call(client.setlk(file, owner, lock));
  }

  private static Answer flock(Client client, Client.OpenFile file, long owner, FileLock lock) {
    return client
        .kernel()
        .call(
            new Setlk(
                client.header(Opcode.SETLK, file.nodeid()), file.fh(), owner, lock, LockIn.FLOCK));
  }

  private static Setlkw setlkw(Client client, Client.OpenFile file, long owner, FileLock lock) {
    return new Setlkw(client.header(Opcode.SETLKW, file.nodeid()), file.fh(), owner, lock, 0);
  }

  private static FileLock getlk(Client client, Client.OpenFile file, long owner, FileLock lock) {
    return client
        .kernel()
        .call(new Getlk(client.header(Opcode.GETLK, file.nodeid()), file.fh(), owner, lock, 0))
        .lock()
        .lk();
  }
}
