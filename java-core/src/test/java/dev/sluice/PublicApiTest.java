package dev.sluice;

import org.junit.jupiter.api.Test;

final class PublicApiTest {

  @Test
  void api_isWhatWasReviewed() throws Exception {
    ApiText.check(Timer.class, "sluice-core");
  }
}
