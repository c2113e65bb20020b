package dev.sluice.benchmarks;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A class of benchmarks that is a section of the report: what is done, by whom, and how it is measured. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface Scenario {

  /** The section's heading. */
  String value();

  /** What the reader should know, in Markdown. */
  String what();
}
