package dev.sluice.samples.harvest;

/** The server gave another answer than the one asked for. */
final class ApiException extends Exception {

  private static final long serialVersionUID = 1;

  private final int status;

  ApiException(int status, String request) {
    super("the server answered " + status + " to " + request);
    this.status = status;
  }

  /** Whether the server may change its mind: it is over the quota or in trouble. */
  boolean isTemporary() {
    return status == 429 || status >= 500;
  }
}
