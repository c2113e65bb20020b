module consumer {
  requires dev.sluice;
}
