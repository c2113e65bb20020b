package dev.sluice.resource;

import static dev.sluice.resource.Looks.assertRefused;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.AsyncCallable;
import dev.sluice.AsyncFunction;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Nulls are refused at the call, by the parameter's name. */
final class ResourceArgumentsTest {

  private static final Executor NO_EXECUTOR = null;
  private static final Callable<AutoCloseable> NO_CALLABLE = null;
  private static final AsyncCallable<String> NO_ASYNC_CALLABLE = null;
  private static final ResourceTemplate.Release<AutoCloseable> NO_RELEASE = null;
  private static final AsyncFunction<String, String> NO_ASYNC_FUNCTION = null;
  private static final ResourceTemplate<String> NO_TEMPLATE = null;
  private static final ResourceTemplate<?>[] NO_TEMPLATES = null;

  private final ResourceRegistry registry = new ResourceRegistry();
  private final Loop loop = new Loop();
  private final AsyncCallable<String> acquire = () -> completedFuture("value");
  private final AsyncFunction<String, String> function = CompletableFuture::completedFuture;

  @Test
  void ofRegistry_areRefusedByName() {
    assertRefusedNull("acquire", () -> registry.template(NO_CALLABLE));
    assertRefusedNull("acquire", () -> registry.template(NO_CALLABLE, AutoCloseable::close));
    assertRefusedNull("release", () -> registry.template(() -> () -> {}, NO_RELEASE));
    assertRefusedNull("acquire", () -> registry.asyncTemplate(NO_ASYNC_CALLABLE, function));
    assertRefusedNull("release", () -> registry.asyncTemplate(acquire, NO_ASYNC_FUNCTION));
    assertRefusedNull("executor", () -> registry.open(NO_EXECUTOR));
    assertRefusedNull("executor", () -> registry.openExistOk(NO_EXECUTOR));
    assertRefusedNull("templates", () -> registry.open(loop, NO_TEMPLATES));
    assertRefusedNull("template", () -> registry.open(loop, NO_TEMPLATE));
    assertRefusedNull("template", () -> registry.openExistOk(loop, NO_TEMPLATE));
    assertEquals(List.of(), registry.templates());
    assertEquals(Set.of(), registry.managedExecutors());
  }

  @Test
  void ofTemplate_areRefusedByName() {
    assertRefusedNull("acquire", () -> ResourceTemplate.of(NO_CALLABLE));
    assertRefusedNull("acquire", () -> ResourceTemplate.of(NO_CALLABLE, AutoCloseable::close));
    assertRefusedNull("release", () -> ResourceTemplate.of(() -> () -> {}, NO_RELEASE));
    assertRefusedNull("acquire", () -> ResourceTemplate.ofAsync(NO_ASYNC_CALLABLE, function));
    assertRefusedNull("release", () -> ResourceTemplate.ofAsync(acquire, NO_ASYNC_FUNCTION));
    ResourceTemplate<String> template = registry.asyncTemplate(acquire, function);
    assertRefusedNull("executor", () -> template.acquire(NO_EXECUTOR));
    assertRefusedNull("executor", () -> template.release(NO_EXECUTOR));
    assertRefusedNull("executor", () -> template.current(NO_EXECUTOR));
  }

  @Test
  void ofManager_areRefusedByName() {
    ResourceTemplate<String> template = registry.asyncTemplate(acquire, function);
    assertRefusedNull("executor", () -> ResourceManager.open(NO_EXECUTOR, template));
    assertRefusedNull("executor", () -> ResourceManager.openExistOk(NO_EXECUTOR, template));
    assertRefusedNull("templates", () -> ResourceManager.open(loop, NO_TEMPLATES));
    assertRefusedNull("template", () -> ResourceManager.open(loop, NO_TEMPLATE));
    assertRefusedNull("template", () -> ResourceManager.open(loop, template, NO_TEMPLATE));
    assertRefusedNull("executor", () -> ResourceManager.asDecorator(NO_EXECUTOR, function));
    assertRefusedNull("function", () -> ResourceManager.asDecorator(loop, NO_ASYNC_FUNCTION));
    assertRefusedNull("templates", () -> ResourceManager.asDecorator(loop, function, NO_TEMPLATES));
    assertRefusedNull("template", () -> ResourceManager.asDecorator(loop, function, NO_TEMPLATE));
    ResourceManager manager = registry.open(Runnable::run).join();
    assertRefusedNull("template", () -> manager.get(NO_TEMPLATE));
    assertRefusedNull("action", () -> manager.execute(null));
    assertEquals(0, loop.queued());
    manager.close();
    assertEquals(Set.of(), registry.managedExecutors());
  }

  private static void assertRefusedNull(String name, Executable call) {
    assertRefused(NullPointerException.class, name, call);
  }
}
