package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * The results as JUnit's XML: a test suite for each kernel or directory, a test case for each law.
 */
public final class JUnitReport {
  private JUnitReport() {}

  /**
   * Writes the file.
   *
   * @throws IOException if it cannot be written
   */
  public static void write(Report report, Path file) throws IOException {
    try (Writer out = Files.newBufferedWriter(file)) {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out);
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeStartElement("testsuites");
      xml.writeAttribute("name", report.checked());
      for (ReportColumn column : report.columns()) {
        suite(xml, report, column);
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static void suite(XMLStreamWriter xml, Report report, ReportColumn column)
      throws XMLStreamException {
    List<Result> results = report.of(column);
    xml.writeCharacters("\n  ");
    xml.writeStartElement("testsuite");
    xml.writeAttribute("name", column.toString());
    xml.writeAttribute("timestamp", report.start().toString());
    xml.writeAttribute("tests", Integer.toString(results.size()));
    xml.writeAttribute("failures", Long.toString(Report.count(results, Outcome.FAILED)));
    xml.writeAttribute("errors", "0");
    long skipped =
        Report.count(results, Outcome.SKIPPED) + Report.count(results, Outcome.NOT_APPLICABLE);
    xml.writeAttribute("skipped", Long.toString(skipped));
    xml.writeAttribute("time", seconds(Report.time(results)));
    for (Result result : results) {
      xml.writeCharacters("\n    ");
      xml.writeStartElement("testcase");
      xml.writeAttribute("classname", result.law().topic());
      xml.writeAttribute("name", result.law().name());
      xml.writeAttribute("time", seconds(result.time()));
      switch (result.outcome()) {
        case PASSED -> {}
        case FAILED -> outcome(xml, "failure", result.reason());
        case SKIPPED -> outcome(xml, "skipped", result.reason());
        case NOT_APPLICABLE -> outcome(xml, "skipped", "not applicable: " + result.reason());
      }
      xml.writeEndElement();
    }
    xml.writeCharacters("\n  ");
    xml.writeEndElement();
  }

  private static void outcome(XMLStreamWriter xml, String element, String reason)
      throws XMLStreamException {
    xml.writeEmptyElement(element);
    xml.writeAttribute("message", printable(reason));
  }

  /** XML has no way to write most control characters, and a server's last words may have some. */
  private static String printable(String text) {
    return text.replaceAll("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]", "?");
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.3f", time.toNanos() / 1e9);
  }
}
