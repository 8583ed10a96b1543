package dev.fused.daemon.prometheus;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where metrics are to be had: a port of the loopback interface, or a Unix socket. */
public final class MetricsAddress {
  private static final Pattern HOST_AND_PORT = Pattern.compile("(?:(.+):)?(\\d{1,5})");
  private static final int MOST_PORT = 65535;

  private final SocketAddress address;

  private MetricsAddress(SocketAddress address) {
    this.address = address;
  }

  /**
   * Reads {@code PORT}, {@code HOST:PORT} or the path of a socket, which begins with a slash.
   *
   * @throws IllegalArgumentException with a sentence if it is none of these, or if other machines
   *     could ask there
   */
  public static MetricsAddress parse(String text) {
    if (text.startsWith("/")) {
      return new MetricsAddress(UnixDomainSocketAddress.of(Path.of(text).normalize()));
    }
    Matcher parts = HOST_AND_PORT.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > MOST_PORT) {
      throw wrong(text, "which is neither a port nor the path of a socket");
    }
    String host = parts.group(1) == null ? "127.0.0.1" : parts.group(1);
    try {
      InetAddress there = InetAddress.getByName(host);
      if (!there.isLoopbackAddress()) {
        throw wrong(text, "where other machines could ask");
      }
      return new MetricsAddress(new InetSocketAddress(there, Integer.parseInt(parts.group(2))));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(wrong(text, "whose host is not known").getMessage(), e);
    }
  }

  private static IllegalArgumentException wrong(String text, String fault) {
    return new IllegalArgumentException(
        "metrics cannot be had at \"%s\", %s; give a port of the loopback interface, as 9500 or [::1]:9500, or a path, as /run/fused/metrics.sock"
            .formatted(text, fault));
  }

  /** For bind(2). */
  SocketAddress address() {
    return address;
  }

  /** Of the socket; empty for a port. */
  public Optional<Path> path() {
    return address instanceof UnixDomainSocketAddress unix
        ? Optional.of(unix.getPath())
        : Optional.empty();
  }

  @Override
  public String toString() {
    return address instanceof InetSocketAddress internet
        ? "http://%s:%d/metrics"
            .formatted(bracketed(internet.getAddress().getHostAddress()), internet.getPort())
        : address.toString();
  }

  private static String bracketed(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }
}
