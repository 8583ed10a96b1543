package dev.fused.conformance;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Interrupt;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setlkw;
import java.util.ArrayList;
import java.util.List;

/** What goes wrong between kernel and server: interrupts, forgets, repetitions, the end. */
final class FaultLaws {
  private static final int MANY = 500;

  private FaultLaws() {}

  @Law(Opcode.INTERRUPT)
  static void anInterruptBeforeItsTargetLeavesTheTargetAnswered(Client client) {
    Getattr target = new Getattr(client.header(Opcode.GETATTR, Client.ROOT), 0, 0);
    interrupt(client, target.unique());
    Answer answer = client.kernel().call(target);
    if (!answer.isError(Errno.EINTR)) {
      answer.ok();
    }
  }

  @Law(Opcode.INTERRUPT)
  static void anInterruptAfterTheAnswerChangesNothing(Client client) {
    Getattr target = new Getattr(client.header(Opcode.GETATTR, Client.ROOT), 0, 0);
    client.kernel().call(target).ok();
    interrupt(client, target.unique());
    client.attributes(Client.ROOT);
  }

  @Law(Opcode.INTERRUPT)
  static void manyInterruptsOfNothingLeaveTheServerAlive(Client client) {
    for (int i = 0; i < SimulatedKernel.MOST_WAITING; i++) {
      interrupt(client, client.kernel().nextUnique());
    }
    client.attributes(Client.ROOT);
  }

  @Law(value = Opcode.INTERRUPT, needs = InitFlag.POSIX_LOCKS)
  static void anInterruptedWaitForALockIsAnswered(Client client) {
    Client.OpenFile file = client.newOpenFile("locked", new byte[0]);
    Setlkw waiting = waitForLock(client, file);
    interrupt(client, waiting.unique());
    Answer answer = client.kernel().await(waiting.unique());
    answer.fails(Errno.EINTR);
  }

  @Law(Opcode.FORGET)
  static void forgetIsNotAnswered(Client client) {
    long file = client.newFile("forgotten");
    client.forget(file);
    client.attributes(Client.ROOT);
  }

  @Law(Opcode.FORGET)
  static void aForgottenFileIsFoundAgain(Client client) {
    long file = client.newFile("forgotten");
    client.forget(file);
    client.requirePresent(client.work(), "forgotten");
  }

  @Law(Opcode.FORGET)
  static void aNodeidStaysValidUntilItsLastLookupIsForgotten(Client client) {
    long file = client.newFile("twice");
    client.requirePresent(client.work(), "twice");
    client.forget(file, client.kernel().lookups().count(file) - 1);
    client.attributes(file);
  }

  @Law(Opcode.FORGET)
  static void aBurstOfForgetsLeavesTheServerAlive(Client client) {
    long file = client.newFile("often");
    for (int i = 0; i < MANY; i++) {
      client.requirePresent(client.work(), "often");
    }
    while (client.kernel().lookups().count(file) > 1) {
      client.forget(file, 1);
    }
    client.attributes(file);
  }

  @Law(Opcode.BATCH_FORGET)
  static void batchForgetIsNotAnswered(Client client) {
    List<BatchForget.ForgetOne> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      long file = client.newFile("file" + i);
      all.add(new BatchForget.ForgetOne(file, client.kernel().lookups().count(file)));
    }
    client.kernel().send(new BatchForget(client.header(Opcode.BATCH_FORGET, 0), all));
    client.attributes(Client.ROOT);
  }

  @Law(Opcode.BATCH_FORGET)
  static void batchForgetTakesAsManyLookupsAsItSays(Client client) {
    long file = client.newFile("file");
    for (int i = 0; i < 4; i++) {
      client.requirePresent(client.work(), "file");
    }
    List<BatchForget.ForgetOne> twice =
        List.of(new BatchForget.ForgetOne(file, 3), new BatchForget.ForgetOne(file, 1));
    client.kernel().send(new BatchForget(client.header(Opcode.BATCH_FORGET, 0), twice));
    client.attributes(file);
  }

  @Law(Opcode.BATCH_FORGET)
  static void batchForgetOfNothingIsAccepted(Client client) {
    client.kernel().send(new BatchForget(client.header(Opcode.BATCH_FORGET, 0), List.of()));
    client.attributes(Client.ROOT);
  }

  @Law(
      value = Opcode.GETATTR,
      needs = {},
      since = 40)
  static void aResentRequestIsAnsweredWithTheBitThatMarksIt(Client client) {
    RequestHeader header = client.header(Opcode.GETATTR, Client.ROOT);
    client
        .kernel()
        .call(
            new Getattr(
                RequestHeader.of(
                    Opcode.GETATTR,
                    header.unique() | RequestHeader.RESENT,
                    Client.ROOT,
                    header.uid(),
                    header.gid(),
                    header.pid()),
                0,
                0))
        .ok();
  }

  @Law(Opcode.DESTROY)
  static void theServerEndsWhenTheDeviceIsClosed(Connector connector) {
    SimulatedKernel kernel = connector.connect().negotiate();
    new Client(kernel).attributes(Client.ROOT);
    kernel.abort();
    requireEnd(connector, kernel);
  }

  @Law(Opcode.DESTROY)
  static void theServerEndsWhenTheDeviceIsClosedBeforeInit(Connector connector) {
    SimulatedKernel kernel = connector.connect();
    kernel.abort();
    requireEnd(connector, kernel);
  }

  @Law(Opcode.DESTROY)
  static void theServerEndsWhenTheDeviceIsClosedAmongUnansweredRequests(Connector connector) {
    SimulatedKernel kernel = connector.connect().negotiate();
    Client client = new Client(kernel);
    for (int i = 0; i < 50; i++) {
      kernel.send(new Getattr(client.header(Opcode.GETATTR, Client.ROOT), 0, 0));
    }
    kernel.abort();
    requireEnd(connector, kernel);
  }

  @Law(value = Opcode.DESTROY, needs = InitFlag.POSIX_LOCKS)
  static void theServerEndsWhenTheDeviceIsClosedAndALockIsWaitedFor(Connector connector) {
    SimulatedKernel kernel = connector.connect().negotiate();
    if (!kernel.negotiated().contains(InitFlag.POSIX_LOCKS)) {
      throw new NotImplemented("the server does not ask for [POSIX_LOCKS]");
    }
    Client client = new Client(kernel);
    waitForLock(client, client.newOpenFile("locked", new byte[0]));
    client.attributes(Client.ROOT);
    kernel.abort();
    requireEnd(connector, kernel);
  }

  /** A SETLKW that is not answered, as another owner has the lock. */
  private static Setlkw waitForLock(Client client, Client.OpenFile file) {
    FileLock lock = new FileLock(0, FileLock.TO_END_OF_FILE, FileLock.WRITE, 1);
    client.kernel().call(client.setlk(file, 1, lock)).ok();
    Setlkw waiting = new Setlkw(client.header(Opcode.SETLKW, file.nodeid()), file.fh(), 2, lock, 0);
    client.kernel().send(waiting);
    return waiting;
  }

  private static void interrupt(Client client, long target) {
    client
        .kernel()
        .send(new Interrupt(RequestHeader.of(Opcode.INTERRUPT, target | 1, 0, 0, 0, 0), target));
  }

  private static void requireEnd(Connector connector, SimulatedKernel kernel) {
    try {
      if (!kernel.server().awaitEnd(connector.patience())) {
        throw new LawBroken(
            "the device was closed %d ms ago, and the server goes on"
                .formatted(connector.patience().toMillis()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
