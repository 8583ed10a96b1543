package dev.fused.daemon;

import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Recordings of Java Flight Recorder that a flag of the JVM began. */
final class Recordings {
  private static final Logger log = LoggerFactory.getLogger(Recordings.class);

  private Recordings() {}

  /**
   * Writes those that are to be written when the JVM ends. It would do that itself, but not if it
   * is halted.
   */
  static void write() {
    if (!FlightRecorder.isInitialized()) {
      return;
    }
    for (Recording recording : FlightRecorder.getFlightRecorder().getRecordings()) {
      if (recording.getDumpOnExit() && recording.getState() == RecordingState.RUNNING) {
        stop(recording);
      }
    }
  }

  private static void stop(Recording recording) {
    try {
      recording.stop();
    } catch (IllegalStateException e) {
      log.debug("the JVM has written the recording {} already", recording.getName());
    }
  }
}
