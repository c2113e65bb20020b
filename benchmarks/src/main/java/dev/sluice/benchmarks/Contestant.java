package dev.sluice.benchmarks;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A way to do the job of a {@link Scenario}: a benchmark method, or a value of its parameter {@code library}. */
@Target({ElementType.METHOD, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
@interface Contestant {

  /** Its name in the report, in Markdown. */
  String value();

  /** The role it has in the ratios. */
  Role role() default Role.PEER;

  /** The first version of Java that has it. */
  int since() default 17;

  /** Who measures whom. */
  enum Role {
    /** The least that must be done, by hand, without features: no peer. */
    FLOOR,
    SLUICE,
    /** One that the targets compare with: it does the same job. */
    PEER,
    /** One that does less, as without a bound or in any order; shown, but no peer. */
    OTHER
  }
}
