from math import *
import numpy as n
def gelu(x):
    c=sqrt(2/pi);t=x+.044715*x*x*x
    return .5*x*(1+n.tanh(c*t))
def softmax(x):
    m=x.max(-1,keepdims=1);e=n.exp(x-m)
    return e/e.sum(-1,keepdims=1)
def layer_norm(x,g,b,eps=1e-5):
    m=x.mean(-1,keepdims=1);d=x-m;v=(d*d).mean(-1,keepdims=1)
    return g*d/n.sqrt(v+eps)+b
def linear(x,w,b):return x@w+b
def causal_mask(s):
    return n.triu(n.ones((s,s)),1)*-1e10
def attention(q,k,v,m):
    a=q@k.swapaxes(1,2)/sqrt(q.shape[2])
    return softmax(a+m)@v
def split_heads(x,h):return x.reshape(len(x),h,-1).swapaxes(0,1)
def merge_heads(x):return n.hstack([*x])
def mha(x,c_attn,c_proj,n_head):
    L,E=linear,n_head
    q,k,v=[split_heads(i,E)for i in n.split(L(x,**c_attn),3,1)]
    return L(merge_heads(attention(q,k,v,causal_mask(len(x)))),**c_proj)
def feed_forward(x,c_fc,c_proj):
    return linear(gelu(linear(x,**c_fc)),**c_proj)
def transformer_block(x,mlp,attn,ln_1,ln_2,n_head):
    N,A,F=layer_norm,mha,feed_forward
    x=x+A(N(x,**ln_1),**attn,n_head=n_head)
    return x+F(N(x,**ln_2),**mlp)
def gpt2(i,w,p,B,f,h):
    x=w[i]+p[:len(i)]
    for b in B:x=transformer_block(x,**b,n_head=h)
    return layer_norm(x,**f)@w.T
def generate(i,p,h,t):
    l=len(i);c=len(p["wpe"])
    if l<1 or l+t>c:raise ValueError(f"{l}+{t}>{c}")
    o=[*i]
    for _ in range(t):o+=[int(gpt2(o,p["wte"],p["wpe"],p["blocks"],p["ln_f"],h)[-1].argmax())]
    return o
