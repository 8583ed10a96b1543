package dev.fused.conformance;

import static dev.fused.conformance.NameLaws.same;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Removexattr;
import dev.fused.protocol.request.Setxattr;
import java.util.Arrays;

/** Extended attributes. */
final class XattrLaws {
  private static final String NAME = "user.fused.conformance";
  private static final byte[] VALUE = "some value".getBytes(US_ASCII);
  private static final int ROOM = 4096;

  private XattrLaws() {}

  @Law(Opcode.SETXATTR)
  static void aValueIsKeptWithAllItsBytes(Client client) {
    long file = client.newFile("file");
    byte[] value = {0, 1, (byte) 0xff, 0};
    client.setxattr(file, NAME, value, 0).ok();
    requireValue(getxattr(client, file, ROOM), value);
  }

  @Law(Opcode.SETXATTR)
  static void anEmptyValueIsKept(Client client) {
    long file = client.newFile("file");
    client.setxattr(file, NAME, new byte[0], 0).ok();
    requireValue(getxattr(client, file, ROOM), new byte[0]);
  }

  @Law(Opcode.SETXATTR)
  static void createOfAnExistingAttributeFails(Client client) {
    long file = fileWithValue(client);
    client.setxattr(file, NAME, VALUE, Setxattr.CREATE).fails(Errno.EEXIST);
  }

  @Law(Opcode.SETXATTR)
  static void replaceOfAMissingAttributeFails(Client client) {
    long file = client.newFile("file");
    client.setxattr(file, NAME, VALUE, Setxattr.REPLACE).fails(Errno.ENODATA);
  }

  @Law(Opcode.SETXATTR)
  static void aSecondValueReplacesTheFirst(Client client) {
    long file = fileWithValue(client);
    byte[] other = "another".getBytes(US_ASCII);
    client.setxattr(file, NAME, other, Setxattr.REPLACE).ok();
    requireValue(getxattr(client, file, ROOM), other);
  }

  @Law(Opcode.GETXATTR)
  static void getxattrOfSizeZeroGivesTheLength(Client client) {
    long file = fileWithValue(client);
    same("length", getxattr(client, file, 0).xattrSize(), VALUE.length);
  }

  @Law(Opcode.GETXATTR)
  static void getxattrIntoTooLittleRoomFails(Client client) {
    long file = fileWithValue(client);
    getxattr(client, file, VALUE.length - 1).fails(Errno.ERANGE);
    requireValue(getxattr(client, file, VALUE.length), VALUE);
  }

  @Law(Opcode.GETXATTR)
  static void getxattrOfAMissingAttributeFails(Client client) {
    getxattr(client, client.anyFile(), ROOM).fails(Errno.ENODATA);
  }

  @Law(Opcode.LISTXATTR)
  static void listxattrListsTheName(Client client) {
    long file = fileWithValue(client);
    String names = new String(listxattr(client, file, ROOM).data(), US_ASCII);
    if (!Arrays.asList(names.split("\0", -1)).contains(NAME)) {
      throw new LawBroken("\"" + NAME + "\" is not among the names: " + names.replace('\0', ' '));
    }
  }

  @Law(Opcode.LISTXATTR)
  static void listxattrOfSizeZeroGivesTheLength(Client client) {
    long file = fileWithValue(client);
    int length = listxattr(client, file, ROOM).data().length;
    same("length", listxattr(client, file, 0).xattrSize(), length);
  }

  @Law(Opcode.LISTXATTR)
  static void listxattrIntoTooLittleRoomFails(Client client) {
    listxattr(client, fileWithValue(client), 3).fails(Errno.ERANGE);
  }

  @Law(Opcode.REMOVEXATTR)
  static void removexattrTakesTheAttribute(Client client) {
    long file = fileWithValue(client);
    removexattr(client, file).ok();
    getxattr(client, file, ROOM).fails(Errno.ENODATA);
  }

  @Law(Opcode.REMOVEXATTR)
  static void removexattrOfAMissingAttributeFails(Client client) {
    removexattr(client, client.newFile("file")).fails(Errno.ENODATA);
  }

  private static long fileWithValue(Client client) {
    long file = client.newFile("file");
    client.setxattr(file, NAME, VALUE, 0).ok();
    return file;
  }

  private static Answer getxattr(Client client, long nodeid, int size) {
    return client
        .kernel()
        .call(new Getxattr(client.header(Opcode.GETXATTR, nodeid), size, FileName.of(NAME)));
  }

  private static Answer listxattr(Client client, long nodeid, int size) {
    return client.kernel().call(new Listxattr(client.header(Opcode.LISTXATTR, nodeid), size));
  }

  private static Answer removexattr(Client client, long nodeid) {
    return client
        .kernel()
        .call(new Removexattr(client.header(Opcode.REMOVEXATTR, nodeid), FileName.of(NAME)));
  }

  private static void requireValue(Answer answer, byte[] expected) {
    byte[] value = answer.data();
    if (!Arrays.equals(value, expected)) {
      throw new LawBroken(
          "the value is %s, expected %s"
              .formatted(Arrays.toString(value), Arrays.toString(expected)));
    }
  }
}
