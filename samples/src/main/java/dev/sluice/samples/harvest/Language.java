package dev.sluice.samples.harvest;

/** In which language the harvester is written: they do the same. */
enum Language {
  JAVA(Harvester::harvest),
  KOTLIN(CoroutineHarvester::harvest);

  private final Harvest harvest;

  Language(Harvest harvest) {
    this.harvest = harvest;
  }

  /**
   * Brings the database up to what the server has.
   *
   * @throws InterruptedException if this thread was interrupted; what had come is saved
   */
  void harvest(Job job) throws Exception {
    harvest.of(job);
  }

  private interface Harvest {
    void of(Job job) throws Exception;
  }
}
