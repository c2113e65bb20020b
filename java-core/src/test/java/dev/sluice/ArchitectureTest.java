package dev.sluice;

import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Exchanger;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TransferQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.BaseStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;

/** The walls of the house. */
@AnalyzeClasses(packages = "dev.sluice", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

  /** Everything that a user may name. A type that is not here is not public. */
  private static final Set<String> PUBLIC_TYPES =
      Set.of(
          "dev.sluice.AsyncCallable",
          "dev.sluice.AsyncFunction",
          "dev.sluice.AsyncIterator",
          "dev.sluice.AsyncIterator$StreamFactory",
          "dev.sluice.ExecutorPool",
          "dev.sluice.FrozenIterable",
          "dev.sluice.OrderedResults",
          "dev.sluice.Outcome",
          "dev.sluice.Outcome$Failure",
          "dev.sluice.Outcome$Success",
          "dev.sluice.Sluice",
          "dev.sluice.TaskScope",
          "dev.sluice.Timer",
          "dev.sluice.Timer$Alarm",
          "dev.sluice.WorkQueue",
          "dev.sluice.WorkQueue$Builder",
          "dev.sluice.WorkQueue$Snapshot",
          "dev.sluice.limit.AsyncSemaphore",
          "dev.sluice.limit.Permit",
          "dev.sluice.limit.RateLimiter",
          "dev.sluice.limit.RateLimiter$Snapshot",
          "dev.sluice.resource.ResourceManager",
          "dev.sluice.resource.ResourceRegistry",
          "dev.sluice.resource.ResourceTemplate",
          "dev.sluice.resource.ResourceTemplate$Release",
          "dev.sluice.testing.ManualTimer");

  /** Waiting parks no thread, except where blocking is what the caller asked for. */
  private static final Set<String> MAY_BLOCK =
      Set.of(
          // The bridges from asynchronous to blocking code: waiting is what they are for.
          "dev.sluice.Sluice.run",
          "dev.sluice.Sluice.asyncToSync",
          // The one place where they wait; who calls it counts as blocking too.
          "dev.sluice.Stages.await",
          // AutoCloseable: the end of a try block waits for what it closes.
          "dev.sluice.ThreadIterator.close",
          "dev.sluice.WorkQueue.close",
          "dev.sluice.resource.ResourceManager.close",
          // shutdown(true) and close are asked to wait.
          "dev.sluice.ExecutorPool.awaitEnd",
          // The user's own wait, which first lends a hand.
          "dev.sluice.Work.get",
          "dev.sluice.Work.join",
          // In hasNext: waits only for another thread that is inside the user's own input.
          "dev.sluice.OrderedResults$Window.awaitElement");

  private static final Map<Class<?>, Set<String>> BLOCKING =
      Map.ofEntries(
          Map.entry(Stages.class, Set.of("await")),
          Map.entry(Object.class, Set.of("wait")),
          Map.entry(Thread.class, Set.of("sleep", "join")),
          Map.entry(LockSupport.class, Set.of("park", "parkNanos", "parkUntil")),
          Map.entry(TimeUnit.class, Set.of("sleep", "timedJoin", "timedWait")),
          Map.entry(Future.class, Set.of("get", "join")),
          Map.entry(ForkJoinTask.class, Set.of("invoke", "invokeAll", "quietlyJoin")),
          Map.entry(ForkJoinPool.class, Set.of("invoke", "awaitQuiescence", "managedBlock")),
          Map.entry(
              ExecutorService.class, Set.of("awaitTermination", "invokeAll", "invokeAny", "close")),
          Map.entry(CompletionService.class, Set.of("take")),
          Map.entry(BlockingQueue.class, Set.of("put", "take")),
          Map.entry(BlockingDeque.class, Set.of("putFirst", "putLast", "takeFirst", "takeLast")),
          Map.entry(TransferQueue.class, Set.of("transfer")),
          Map.entry(CountDownLatch.class, Set.of("await")),
          Map.entry(CyclicBarrier.class, Set.of("await")),
          Map.entry(Phaser.class, Set.of("arriveAndAwaitAdvance", "awaitAdvance")),
          Map.entry(Exchanger.class, Set.of("exchange")),
          Map.entry(Semaphore.class, Set.of("acquire", "acquireUninterruptibly")),
          Map.entry(
              Condition.class,
              Set.of("await", "awaitNanos", "awaitUntil", "awaitUninterruptibly")));

  @ArchTest static final ArchRule flowRoom_needsOnlyTheJdk = room("dev.sluice");

  @ArchTest static final ArchRule limitRoom_needsFlow = room("dev.sluice.limit", "dev.sluice");

  @ArchTest
  static final ArchRule resourceRoom_needsFlowAndLimit =
      room("dev.sluice.resource", "dev.sluice", "dev.sluice.limit");

  @ArchTest static final ArchRule testingRoom_needsFlow = room("dev.sluice.testing", "dev.sluice");

  @ArchTest
  static final ArchRule house_hasNoOtherRoom =
      classes()
          .should()
          .resideInAnyPackage(
              "dev.sluice", "dev.sluice.limit", "dev.sluice.resource", "dev.sluice.testing");

  @ArchTest
  static final ArchRule publicTypes_areThoseOfTheList =
      noClasses()
          .should(
              ArchCondition.from(
                  are(
                      "be public without being in PUBLIC_TYPES",
                      type -> isVisible(type) && !PUBLIC_TYPES.contains(type.getName()))));

  @ArchTest
  static final ArchRule platform_isWhatAndroid26AndJava11Share =
      noClasses()
          .should()
          .dependOnClassesThat(
              are(
                  "are VarHandle, Flow, Cleaner or System.Logger",
                  type ->
                      type.getName()
                          .matches(
                              "java\\.(lang\\.invoke\\.VarHandle|util\\.concurrent\\.Flow"
                                  + "|lang\\.ref\\.Cleaner|lang\\.System\\$Logger).*")));

  @ArchTest
  static final ArchRule nothing_runsOnTheCommonPoolUnasked =
      classes().should(access("an executor by default", ArchitectureTest::picksExecutor));

  @ArchTest
  static final ArchRule nothing_blocksUnlessListed =
      classes()
          .should(
              access(
                  "a blocking method outside MAY_BLOCK",
                  access ->
                      blocks(access)
                          && !MAY_BLOCK.contains(
                              access.getOriginOwner().getName()
                                  + "."
                                  + access.getOrigin().getName())));

  /** Reads the build file, as a dependency that no class uses yet would still reach every user. */
  @ArchTest
  static void artifact_hasNoDependency(@SuppressWarnings("unused") JavaClasses classes)
      throws Exception {
    Path module = ApiText.module(Timer.class);
    for (Path pom : List.of(module.resolve("pom.xml"), module.resolve("../pom.xml"))) {
      try (var in = Files.newInputStream(pom)) {
        assertEquals(
            "",
            XPathFactory.newInstance()
                .newXPath()
                .evaluate(
                    "/project/dependencies/dependency[not(scope='test')]"
                        + "[not(artifactId='jspecify' and optional='true')]/artifactId",
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in)),
            () -> pom + " must have no dependency");
      }
    }
  }

  private static ArchRule room(String room, String... mayUse) {
    return classes()
        .that()
        .resideInAPackage(room)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            Stream.concat(
                    Stream.of(room, "java..", "org.jspecify.annotations"), Arrays.stream(mayUse))
                .toArray(String[]::new))
        .allowEmptyShould(true);
  }

  private static boolean isVisible(JavaClass type) {
    return (type.getModifiers().contains(PUBLIC) || type.getModifiers().contains(PROTECTED))
        && type.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true);
  }

  private static boolean picksExecutor(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getName();
    if (owner.isAssignableTo(CompletionStage.class)) {
      return Set.of("orTimeout", "completeOnTimeout", "defaultExecutor").contains(name)
          || (name.endsWith("Async") || name.equals("delayedExecutor"))
              && !takes(access, Executor.class);
    }
    return name.equals("commonPool")
        || name.equals("parallelStream")
        || name.equals("parallel") && owner.isAssignableTo(BaseStream.class);
  }

  private static boolean blocks(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getName();
    boolean timed =
        takes(access, TimeUnit.class)
            && (owner.isAssignableTo(BlockingQueue.class)
                || owner.isAssignableTo(CompletionService.class)
                || owner.isAssignableTo(Lock.class)
                || owner.isAssignableTo(Semaphore.class));
    return timed
        || BLOCKING.entrySet().stream()
            .anyMatch(
                entry -> entry.getValue().contains(name) && owner.isAssignableTo(entry.getKey()));
  }

  private static boolean takes(JavaAccess<?> access, Class<?> type) {
    return access.getTarget() instanceof CodeUnitAccessTarget target
        && target.getRawParameterTypes().stream().anyMatch(raw -> raw.isEquivalentTo(type));
  }

  private static DescribedPredicate<JavaClass> are(
      String description, Predicate<JavaClass> predicate) {
    return DescribedPredicate.describe(description, predicate);
  }

  /** Calls and method references alike; a lambda counts as part of the method that holds it. */
  private static ArchCondition<JavaClass> access(
      String description, Predicate<JavaAccess<?>> forbidden) {
    return new ArchCondition<>("not access " + description) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
          if (forbidden.test(access)) {
            events.add(SimpleConditionEvent.violated(access, access.getDescription()));
          }
        }
      }
    };
  }
}
