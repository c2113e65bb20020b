/** Bounded concurrency for the JVM. */
module dev.sluice {
  requires static org.jspecify;
  requires java.logging;

  exports dev.sluice;
  exports dev.sluice.limit;
  exports dev.sluice.resource;
  exports dev.sluice.testing;
}
